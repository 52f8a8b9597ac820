"""The exports of the health bodies: 0-19 health, mental health, the emergency department, the GP federation."""

from __future__ import annotations

from broker.synthetic.shapes import Shape, columns

HV = Shape(
    source="hv",
    agency="nhs",
    title="0-19 health (health visiting and school nursing)",
    file="0-19_caseload.csv",
    encoding="utf-8-sig",
    dates=("%d-%b-%Y",),
    columns=columns(
        "reference=Local ID; nhs_number=NHS Number; forename=Given Name; surname=Family Name; dob=Date of Birth; "
        "sex=Gender; address_1=Address; postcode=Postcode; phone=Phone; status=Caseload; started=Registered; "
        "ended=Discharged; last_contact=Last contact; team=Team; lead_name=Health professional; lead_role=Role; "
        "lead_phone=Team phone; lead_email=Team email; hv.mandated_check=Mandated contact; "
        "hv.missed_appts=Was not brought; hv.clinic=Clinic; hv.contraception=CASH; wishes=Sharing preference; "
        "relation:parent=Parent IDs; relation:sibling=Sibling IDs; relation:child=Child IDs; as_of=Extract date; "
        "coverage_from=From; coverage_to=To; coverage_area=Area"
    ),
    codes={
        "sex": {"F": "2", "M": "1"},
        "status": {"current": "On caseload", "historic": "Discharged"},
        "hv.mandated_check": {
            "new_birth": "NBV",
            "six_to_eight_weeks": "6-8W",
            "one_year": "1Y",
            "two_year": "2-2.5Y",
            "missed": "DNA",
        },
        "hv.contraception": {"yes": "Y", "no": "N"},
        "wishes": {"agrees": "Agrees", "not_asked": "Not asked", "objects_competent": "Objects (competent)"},
    },
)

MH = Shape(
    source="mh",
    agency="nhs",
    title="Mental health and CAMHS",
    file="mh_open_referrals.csv",
    delivery="delta",
    delimiter="|",
    dates=("%Y%m%d",),
    columns=columns(
        "reference=RIO_ID; nhs_number=NHSNO; surname=SURNAME; forename=FORENAME; dob=DOB; sex=SEX; "
        "postcode=POSTCODE; phone=TEL; status=STATUS; started=REF_DATE; ended=DISCH_DATE; "
        "last_contact=LAST_CONTACT; team=TEAM; lead_name=CARE_COORD; lead_role=CARE_COORD_ROLE; "
        "lead_phone=CARE_COORD_TEL; lead_email=CARE_COORD_EMAIL; mh.open_to_service.on=OPEN_FROM; "
        "mh.open_to_service.until=OPEN_TO; mh.waiting=WAITING; risk=SAFEGUARDING; as_of=AS_OF; coverage_from=COV_FROM; "
        "coverage_to=COV_TO"
    ),
    codes={
        "sex": {"F": "F", "M": "M"},
        "status": {"current": "A", "historic": "D"},
        "mh.waiting": {"yes": "1", "no": "0"},
        "risk": {"none": "0", "concern": "1", "significant_harm": "2"},
    },
    upper=True,
)

AC = Shape(
    source="ac",
    agency="nhs",
    title="Hospital emergency department",
    file="ed_attendances.csv",
    delivery="delta",
    encoding="cp1252",
    dates=("%d/%m/%Y",),
    streets="short",
    columns=columns(
        "reference=HospNo; full_name=PatientName; dob=DOB; sex=Sex; nhs_number=NHSNumber; address=PatientAddress; "
        "postcode=PostCode; status=Status; started=FirstAttendance; ended=LastAttendance; "
        "last_contact=LastContact; team=Dept; lead_name=NamedNurse; lead_role=NurseRole; lead_phone=NursePhone; "
        "lead_email=NurseEmail; ac.attendances=Attendances12m; as_of=ReportDate"
    ),
    codes={"sex": {"F": "F", "M": "M"}, "status": {"current": "Recent", "historic": "Past"}},
)

GP = Shape(
    source="gp",
    agency="gp",
    title="GP federation",
    file="gp_register.csv",
    encoding="utf-16",
    dates=("%Y-%m-%d",),
    columns=columns(
        "reference=patient_id; nhs_number=nhs_number; title=title; forename=given_name; "
        "middle_names=other_given_names; surname=family_name; former_surname=previous_family_name; "
        "dob=date_of_birth; sex=sex; address_1=line_1; town=line_2; postcode=postcode; phone=telephone; "
        "status=registration_status; started=registered_on; ended=deregistered_on; last_contact=last_seen; "
        "team=practice_team; lead_name=safeguarding_lead; lead_role=lead_role; lead_phone=lead_phone; "
        "lead_email=lead_email; gp.registered_practice=practice_code; gp.missed_appts=was_not_brought; "
        "as_of=as_of; coverage_from=coverage_from; coverage_to=coverage_to"
    ),
    codes={
        "sex": {"F": "female", "M": "male"},
        "status": {"current": "registered", "historic": "left"},
    },
)

SHAPES = (HV, MH, AC, GP)
