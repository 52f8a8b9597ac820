"""The exports of the council: children's social care, early help, youth justice, housing options, adult social care."""

from __future__ import annotations

from broker.synthetic.shapes import Shape, columns

_YES_NO = {"yes": "Y", "no": "N"}

CSC = Shape(
    source="csc",
    agency="council",
    title="Children's social care",
    file="csc_persons_nightly.csv",
    encoding="utf-8-sig",
    dates=("%d/%m/%Y",),
    columns=columns(
        "reference=PERSON_ID; surname=LAST_NAME; forename=FIRST_NAME; middle_names=MIDDLE_NAMES; "
        "known_as=KNOWN_AS; dob=DATE_OF_BIRTH; sex=GENDER; address=FULL_ADDRESS; postcode=POSTCODE; uprn=UPRN; "
        "nhs_number=NHS_NUMBER; upn=UPN; status=INVOLVEMENT; started=REFERRAL_DATE; ended=CLOSED_DATE; "
        "last_contact=LAST_CONTACT_DATE; team=TEAM; lead_name=ALLOCATED_WORKER; lead_role=WORKER_ROLE; "
        "lead_phone=WORKER_TEL; lead_email=WORKER_EMAIL; risk=THRESHOLD; csc.cin_status=CIN_STATUS; "
        "csc.cp_plan.on=CPP_START; csc.cp_plan.until=CPP_END; csc.looked_after.on=LAC_START; "
        "csc.looked_after.until=LAC_END; csc.missing_episodes=MISSING_COUNT; csc.assessment=LAST_ASSESSMENT; "
        "csc.adoption_record=ADOPTION_FLAG; relation:parent:0=PARENT_ID_1; relation:parent:1=PARENT_ID_2; "
        "relation:step_parent:0=STEP_PARENT_ID; "
        "relation:sibling=SIBLING_IDS; relation:partner:0=PARTNER_ID; relation:ex_partner:0=EX_PARTNER_ID; "
        "relation:child=CHILD_IDS; protection=PROTECTION; protection_review=PROTECTION_REVIEW; "
        "protection_by_1=PROTECTION_SET_BY; protection_by_2=PROTECTION_AGREED_BY; as_of=EXTRACT_DATE; "
        "coverage_from=COVERAGE_FROM; coverage_to=COVERAGE_TO; coverage_area=COVERAGE_AREA"
    ),
    codes={
        "sex": {"F": "Female", "M": "Male"},
        "status": {"current": "Open", "historic": "Closed"},
        "risk": {"none": "NONE", "concern": "S17", "significant_harm": "S47"},
        "csc.cin_status": {"assessed": "CIN-A", "open": "CIN-O", "closed": "CIN-C"},
        "csc.adoption_record": {"yes": "1", "no": "0"},
        "protection": {"safe_address": "SAFE", "adopted": "ADOPT"},
    },
)

EH = Shape(
    source="eh",
    agency="council",
    title="Early help",
    file="EarlyHelp export.csv",
    delimiter=";",
    encoding="cp1252",
    dates=("%d/%m/%Y", "%d-%b-%Y"),
    columns=columns(
        "reference=EH ref; forename=First name; surname=Family name; known_as=Known as; dob=DOB; sex=Sex; "
        "address_1=Address line 1; address_2=Address line 2; town=Town; postcode=Post code; phone=Contact number; "
        "upn=UPN; status=Case status; started=Opened; ended=Closed; last_contact=Last seen; team=Hub; "
        "lead_name=Keyworker; lead_role=Keyworker role; lead_phone=Keyworker phone; lead_email=Keyworker email; "
        "eh.family_plan.on=Plan start; eh.family_plan.until=Plan end; eh.assessment=Assessment date; "
        "eh.closure=Closure reason code; relation:parent=Parents; relation:child=Children; "
        "relation:sibling=Siblings; relation:partner=Partner; as_of=Data as at"
    ),
    codes={
        "sex": {"F": "F", "M": "M"},
        "status": {"current": "Active", "historic": "Ended"},
        "eh.closure": {"needs_met": "NM", "stepped_up": "SU", "disengaged": "DIS", "declined": "DEC", "moved": "MOV"},
    },
)

YJ = Shape(
    source="yj",
    agency="council",
    title="Youth justice",
    file="yj_caseload.txt",
    delivery="delta",
    delimiter="\t",
    dates=("%Y-%m-%d",),
    blank="NULL",
    columns=columns(
        "reference=yp_id; surname=surname; forename=forename; dob=dob; sex=sex; address=address; "
        "postcode=postcode; uprn=uprn; status=status; started=start; ended=end; last_contact=last_contact; "
        "team=team; lead_name=worker; lead_role=worker_role; lead_phone=worker_phone; lead_email=worker_email; "
        "yj.intervention.on=intervention_start; yj.intervention.until=intervention_end; as_of=as_of; "
        "coverage_from=coverage_from; coverage_to=coverage_to"
    ),
    codes={"sex": {"F": "2", "M": "1"}, "status": {"current": "O", "historic": "C"}},
)

HL = Shape(
    source="hl",
    agency="council",
    title="Housing options (homelessness)",
    file="housing_options.csv",
    delimiter="|",
    dates=("%d/%m/%Y", "%Y-%m-%d"),
    streets="short",
    columns=columns(
        "reference=CaseRef; title=Title; forename=Forename; surname=Surname; dob=D.O.B.; sex=Gender; "
        "address_1=Last settled address; postcode=Postcode; uprn=UPRN; phone=Mobile; nino=NI Number; "
        "status=Status; started=Approach date; ended=Duty ended; last_contact=Last contact; team=Team; "
        "lead_name=Officer; lead_role=Officer role; lead_phone=Officer phone; lead_email=Officer email; "
        "hl.duty=Duty owed; hl.temp_accommodation.on=TA from; hl.temp_accommodation.until=TA to; as_of=Extracted"
    ),
    codes={
        "sex": {"F": "Female", "M": "Male"},
        "status": {"current": "Live", "historic": "Closed"},
        "hl.duty": {"prevention": "P", "relief": "R", "main": "M", "ended": "E"},
    },
)

AS = Shape(
    source="as",
    agency="council",
    title="Adult social care",
    file="asc_clients.csv",
    encoding="utf-16",
    delimiter="\t",
    dates=("%Y%m%d",),
    columns=columns(
        "reference=ClientNo; title=Title; surname=Surname; forename=Forenames; middle_names=OtherNames; "
        "dob=BirthDate; sex=Sex; address=Address; postcode=PostCode; uprn=UPRN; phone=Tel; status=Status; "
        "started=StartDate; ended=EndDate; last_contact=LastContact; team=Team; lead_name=KeyWorker; "
        "lead_role=KeyWorkerRole; lead_phone=KeyWorkerTel; lead_email=KeyWorkerEmail; "
        "as.care_package.on=PackageStart; as.care_package.until=PackageEnd; as.carer=IsCarer; "
        "relation:partner=PartnerNo; relation:child=AdultChildrenNos; relation:parent=ParentNos; as_of=AsOf; "
        "coverage_from=From; coverage_to=To"
    ),
    codes={"sex": {"F": "F", "M": "M"}, "status": {"current": "Current", "historic": "Past"}, "as.carer": _YES_NO},
)

SHAPES = (CSC, EH, YJ, HL, AS)
