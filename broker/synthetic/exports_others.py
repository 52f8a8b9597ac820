"""The exports of everybody else: school, landlord, police, probation, Jobcentre, voluntary services, fire."""

from __future__ import annotations

from broker.synthetic.shapes import Shape, columns

_YES_NO = {"yes": "Yes", "no": "No"}
_ROLES = {"victim": "VIC", "suspect": "SUS", "witness": "WIT"}

ED = Shape(
    source="ed",
    agency="school",
    title="School attendance and SEND",
    file="pupils.csv",
    encoding="utf-8-sig",
    dates=("%d/%m/%Y",),
    columns=columns(
        "reference=Adno; upn=UPN; surname=Legal Surname; forename=Legal Forename; known_as=Preferred Forename; "
        "middle_names=Middle Name; dob=DOB; sex=Gender; address_1=House and Street; postcode=Postcode; "
        "phone=Priority 1 Contact Phone; status=Enrolment; started=Admission Date; ended=Leaving Date; "
        "last_contact=Last Present; team=School Name; lead_name=DSL; lead_role=DSL Role; lead_phone=DSL Phone; "
        "lead_email=DSL Email; ed.attendance=Attendance %; ed.exclusions=Suspensions; ed.sen_status=SEN; "
        "ed.school=School Code; relation:sibling=Sibling Adnos; as_of=Census Date; coverage_from=From; "
        "coverage_to=To"
    ),
    codes={
        "sex": {"F": "F", "M": "M"},
        "status": {"current": "C", "historic": "L"},
        "ed.sen_status": {"none": "N", "sen_support": "K", "ehc_plan": "E"},
    },
)

HS = Shape(
    source="hs",
    agency="homes",
    title="Brackwater Homes tenancies",
    file="tenancy_members.csv",
    delimiter=";",
    encoding="cp1252",
    dates=("%d-%b-%Y",),
    streets="short",
    columns=columns(
        "reference=Person Ref; full_name=Name; title=Title; dob=Date of birth; sex=Sex; address_1=Property; "
        "postcode=Post Code; uprn=UPRN; phone=Telephone; status=Tenancy status; started=Tenancy start; "
        "ended=Tenancy end; last_contact=Last contact; team=Patch; lead_name=Housing officer; lead_role=Job title; "
        "lead_phone=Direct dial; lead_email=Email; hs.arrears_weeks=Arrears (weeks); hs.asb_case=ASB case; "
        "hs.notice_seeking_possession=NSP served; relation:any=Household members; as_of=Report date; "
        "coverage_from=Covers from; coverage_to=Covers to; coverage_area=Covers"
    ),
    codes={
        "sex": {"F": "F", "M": "M"},
        "status": {"current": "Current", "historic": "Former"},
        "hs.asb_case": {"open": "Open", "closed": "Closed"},
        "hs.notice_seeking_possession": _YES_NO,
    },
)

PO = Shape(
    source="po",
    agency="police",
    title="Police public protection",
    file="pvp_nominals.txt",
    delivery="delta",
    delimiter="|",
    encoding="cp1252",
    dates=("%d-%b-%Y",),
    upper=True,
    columns=columns(
        "reference=NOMINAL_REF; surname=SURNAME; forename=FORENAME1; middle_names=FORENAME2; "
        "known_as=ALIAS_FORENAME; dob=DOB; sex=SEX; address=HOME_ADDRESS; postcode=POSTCODE; phone=PHONE; "
        "status=STATUS; started=FIRST_OCC; ended=LAST_OCC; last_contact=LAST_CONTACT; team=UNIT; lead_name=OIC; "
        "lead_role=OIC_ROLE; lead_phone=OIC_PHONE; lead_email=OIC_EMAIL; po.asb_incidents=ASB_N; "
        "po.asb_incidents.role=ASB_ROLE; po.da_incidents=DA_N; po.da_incidents.role=DA_ROLE; "
        "po.missing_episodes=MISPER_N; po.bail_conditions=BAIL; po.offences=OFF_N; po.offences.role=OFF_ROLE; "
        "po.intel_marker=INTEL; as_of=EXTRACTED"
    ),
    codes={
        "sex": {"F": "F", "M": "M"},
        "status": {"current": "LIVE", "historic": "FILED"},
        "po.asb_incidents.role": _ROLES,
        "po.da_incidents.role": _ROLES,
        "po.offences.role": _ROLES,
        "po.bail_conditions": {"yes": "Y", "no": "N"},
        "po.intel_marker": {"yes": "Y", "no": "N"},
    },
)

PR = Shape(
    source="pr",
    agency="probation",
    title="Probation",
    file="probation_orders.csv",
    dates=("%Y-%m-%d",),
    columns=columns(
        "reference=crn; forename=first_name; surname=last_name; known_as=alias; dob=date_of_birth; sex=sex; "
        "address=address; postcode=postcode; status=status; started=allocated_on; ended=terminated_on; "
        "last_contact=last_contact; team=unit; lead_name=officer; lead_role=officer_role; "
        "lead_phone=officer_phone; lead_email=officer_email; pr.order.on=order_start; pr.order.until=order_end; "
        "as_of=as_of; coverage_from=coverage_from; coverage_to=coverage_to"
    ),
    codes={"sex": {"F": "female", "M": "male"}, "status": {"current": "active", "historic": "terminated"}},
)

DW = Shape(
    source="dw",
    agency="jobcentre",
    title="Jobcentre",
    file="jcp_claimants.csv",
    dates=("%Y%m%d",),
    upper=True,
    columns=columns(
        "reference=CLAIM_REF; nino=NINO; title=TITLE; surname=SURNAME; forename=FORENAME; dob=DOB; sex=SEX; "
        "address_1=ADDR1; postcode=PCODE; status=CLAIM_STATUS; started=CLAIM_START; ended=CLAIM_END; "
        "last_contact=LAST_INTERVIEW; team=OFFICE; lead_name=WORK_COACH; lead_role=COACH_ROLE; "
        "lead_phone=COACH_TEL; lead_email=COACH_EMAIL; dw.work_status=WORK_GROUP; dw.benefit_type=BENEFIT; "
        "as_of=AS_AT"
    ),
    codes={
        "sex": {"F": "F", "M": "M"},
        "status": {"current": "L", "historic": "T"},
        "dw.work_status": {
            "working": "WRK",
            "looking_for_work": "IWS",
            "not_required": "NWR",
            "not_able_to_work": "LCW",
        },
        "dw.benefit_type": {
            "universal_credit": "UC",
            "jobseekers_allowance": "JSA",
            "employment_and_support": "ESA",
            "carers_allowance": "CA",
        },
    },
)

SU = Shape(
    source="su",
    agency="voluntary",
    title="Substance use service",
    file="turning_tide.csv",
    dates=("%d/%m/%Y",),
    columns=columns(
        "reference=Client; forename=Firstname; surname=Lastname; dob=Birthday; sex=Gender; postcode=Postcode; "
        "status=Open?; started=Start; ended=Finish; last_contact=Last seen; team=Service; lead_name=Worker; "
        "lead_role=Worker role; lead_phone=Worker phone; lead_email=Worker email; "
        "su.in_treatment.on=Treatment from; su.in_treatment.until=Treatment to; risk=Child at risk; as_of=Exported"
    ),
    codes={
        "sex": {"F": "Woman", "M": "Man"},
        "status": {"current": "Yes", "historic": "No"},
        "risk": {"none": "No", "concern": "Maybe", "significant_harm": "Yes"},
    },
)

DV = Shape(
    source="dv",
    agency="voluntary",
    title="Domestic abuse service",
    file="safe_harbour.csv",
    delimiter=";",
    encoding="utf-8-sig",
    dates=("%d/%m/%Y",),
    columns=columns(
        "reference=Ref; forename=First name; surname=Surname; dob=Date of birth; sex=Gender; postcode=Postcode; "
        "phone=Phone; status=Status; started=Start date; ended=End date; last_contact=Last contact; team=Team; "
        "lead_name=Adviser; lead_role=Adviser role; lead_phone=Adviser phone; lead_email=Adviser email; "
        "dv.supported.on=Supported from; dv.supported.until=Supported to; dv.safe_contact=Safe contact; "
        "risk=Risk to child; relation:child=Children; relation:parent=Mother; protection=Protection; "
        "protection_review=Review by; protection_by_1=Set by; protection_by_2=Agreed by; as_of=As of; "
        "coverage_from=From; coverage_to=To"
    ),
    codes={
        "sex": {"F": "F", "M": "M"},
        "status": {"current": "Open", "historic": "Closed"},
        "dv.safe_contact": {
            "by_phone": "Phone",
            "through_worker": "Worker",
            "school_hours": "School hours",
            "text_first": "Text",
        },
        "risk": {"none": "None", "concern": "Concern", "significant_harm": "Serious"},
        "protection": {"safe_address": "Safe address"},
    },
)

VC = Shape(
    source="vc",
    agency="voluntary",
    title="Debt and food advice",
    file="advice and food.csv",
    dates=("%d/%m/%Y",),
    columns=columns(
        "reference=No.; title=Title; forename=Given name; surname=Family name; dob=Date of birth; sex=Sex; "
        "address=Address; postcode=Postcode; phone=Phone; status=Open; started=First visit; ended=Closed on; "
        "last_contact=Last visit; team=Project; lead_name=Adviser; lead_role=Adviser role; "
        "lead_phone=Adviser phone; lead_email=Adviser email; vc.debt_advice.on=Debt advice from; "
        "vc.debt_advice.until=Debt advice to; vc.foodbank=Food parcels; as_of=Printed on"
    ),
    codes={"sex": {"F": "Female", "M": "Male"}, "status": {"current": "Y", "historic": "N"}},
)

FR = Shape(
    source="fr",
    agency="fire",
    title="Fire and rescue home safety",
    file="home_safety_visits.csv",
    delimiter="\t",
    encoding="cp1252",
    dates=("%d-%b-%Y",),
    streets="short",
    columns=columns(
        "reference=VisitRef; forename=Forename; surname=Surname; dob=DOB; sex=Sex; address=Address; "
        "postcode=Postcode; uprn=UPRN; status=Status; started=Opened; ended=Closed; last_contact=LastContact; "
        "team=Station; lead_name=Officer; lead_role=Rank; lead_phone=Phone; lead_email=Email; "
        "fr.home_safety_visit=VisitDate; as_of=AsOf"
    ),
    codes={"sex": {"F": "F", "M": "M"}, "status": {"current": "Open", "historic": "Done"}},
)

SHAPES = (ED, HS, PO, PR, DW, SU, DV, VC, FR)
