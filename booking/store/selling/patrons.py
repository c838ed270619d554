"""For whom a batch of requests books: names and ids become locked patient rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from sqlalchemy import Connection, bindparam, select

from booking.requests import BookSlot, Known, Named
from booking.rules.names import same_name
from booking.store.prepared import Packed
from booking.store.schema import patient, phone_patient
from booking.store.selling.phones import Phones
from booking.vault import Vault
from booking.views import PatientView
from command_parser.masking import mask_identity

_LINKS = Packed(
    select(phone_patient.c.id, phone_patient.c.phone_print, phone_patient.c.patient_id).where(
        phone_patient.c.hospital_id == bindparam("hospital"),
        phone_patient.c.phone_print.in_(bindparam("phones", expanding=True)),
    )
)
_BY_ID = "FORCE INDEX (PRIMARY)"  # the order in which rows are locked
_LOCK = Packed(
    select(patient.c.id, patient.c.name_sealed, patient.c.identity_sealed, patient.c.identity_print)
    .where(
        patient.c.hospital_id == bindparam("hospital"),
        patient.c.id.in_(bindparam("patients", expanding=True)),
    )
    .with_hint(patient, _BY_ID, "mysql")
    .with_hint(patient, _BY_ID, "mariadb")
    .with_for_update()
)


class Nobody(Enum):
    """Why a request has no patient: none fits, or a name fits several of the phone's."""

    NONE = auto()
    SEVERAL = auto()


@dataclass(frozen=True, slots=True)
class Patient:
    """A locked patient row: what doors are shown of him, and what the rules go by."""

    view: PatientView
    identity: str
    print: bytes


Patron = Patient | Nobody


def thd_patrons(
    conn: Connection, vault: Vault, phones: Phones, hospital_id: int, requests: Sequence[BookSlot]
) -> list[Patron]:
    """The patient of each request, or why there is none. Their rows stay locked, so that limits hold across processes."""
    registered = _thd_registered(conn, phones, hospital_id, requests)
    candidates = [_candidates(phones, registered, request) for request in requests]
    wanted = sorted({patient_id for ids in candidates for patient_id in ids})
    if not wanted:
        return [Nobody.NONE] * len(requests)
    rows = _LOCK.rows(conn, {"hospital": hospital_id, "patients": wanted})
    patients = {row[0]: _patient(vault, *row) for row in rows}
    return [
        _choose(request, [patients[patient_id] for patient_id in ids if patient_id in patients])
        for request, ids in zip(requests, candidates, strict=True)
    ]


def _patient(vault: Vault, row_id: int, name_sealed: bytes, identity_sealed: bytes, identity_print: bytes) -> Patient:
    identity = vault.open(identity_sealed)
    view = PatientView(id=row_id, name=vault.open(name_sealed), identity_masked=mask_identity(identity))
    return Patient(view, identity, bytes(identity_print))


def _thd_registered(
    conn: Connection, phones: Phones, hospital_id: int, requests: Sequence[BookSlot]
) -> dict[bytes, list[int]]:
    prints = {
        phones.print(request.caller.phone)
        for request in requests
        if isinstance(request.who, Named) and request.caller.phone is not None
    }
    found: dict[bytes, list[int]] = {}
    if prints:
        for _, print_, patient_id in sorted(_LINKS.rows(conn, {"hospital": hospital_id, "phones": sorted(prints)})):
            found.setdefault(bytes(print_), []).append(patient_id)
    return found


def _candidates(phones: Phones, registered: dict[bytes, list[int]], request: BookSlot) -> list[int]:
    if isinstance(request.who, Known):
        return [request.who.patient]
    assert isinstance(request.who, Named), "reception has looked identity numbers up before"
    phone = request.caller.phone
    return [] if phone is None else registered.get(phones.print(phone), [])


def _choose(request: BookSlot, patients: Sequence[Patient]) -> Patron:
    if isinstance(request.who, Named):
        name = request.who.name
        patients = [each for each in patients if each.view.name == name or same_name(each.view.name, name)]
    if not patients:
        return Nobody.NONE
    return patients[0] if len(patients) == 1 else Nobody.SEVERAL
