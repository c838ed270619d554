"""The money of the made-up year: a charge for whoever came, paid but for a few; a refund for half of what was given back; their postings.

Four fifths of the visits have one fee item, the dearest have two. Entries are one a charge, dated the day of the visit: no report reads
them, for a posting repeats what reports group by.
"""

from __future__ import annotations

PARTS = (  # steps of a charge's life: 0 charged, 1 settled, 2 to be given back, 3 given back
    # items, step, account ("money": the way's own), fee item, sign, part of the fee (0: the whole)
    *((1, step, account, "registration", sign, 0)
      for step, debit, credit in ((0, "receivable", "income:registration"), (1, "money", "receivable"),
                                  (2, "income:registration", "payable:refunds"), (3, "payable:refunds", "money"))
      for account, sign in ((debit, 1), (credit, -1))),
    *((2, step, account, item, sign, part)
      for item, part in (("registration", 1000), ("consultation", 4000))
      for step, debit, credit in ((0, "receivable", f"income:{item}"), (1, "money", "receivable"),
                                  (2, f"income:{item}", "payable:refunds"), (3, "payable:refunds", "money"))
      for account, sign in ((debit, 1), (credit, -1))),
)  # fmt: skip
PART_TABLE = """
CREATE TABLE year_part (items INTEGER NOT NULL, step INTEGER NOT NULL, account VARCHAR(40) NOT NULL,
 fee_item VARCHAR(20) NOT NULL, sign INTEGER NOT NULL, part INTEGER NOT NULL)
"""
PUT_PART = "INSERT INTO year_part VALUES (:items, :step, :account, :fee_item, :sign, :part)"

CHARGES = """
INSERT INTO charge (id, hospital_id, appointment_id, way, amount_fen, status, live, trade_no, due_at, attempts, category,
  clerk, created_at, settled_at)
SELECT id, 1, id, way, fee_fen, CASE WHEN owed = 1 THEN 'due' ELSE 'paid' END, 1, 'T' || id, created_at, 0, category,
  CASE WHEN way IN ('cash', 'card') THEN 'desk' || (id % 20) ELSE '' END, created_at, CASE WHEN owed = 0 THEN created_at END
FROM (
  SELECT id, fee_fen, category, created_at, CASE WHEN status = 'arrived' AND slot_id % 3 = 0 THEN 1 ELSE 0 END AS owed,
    CASE slot_id % 5 WHEN 0 THEN 'cash' WHEN 1 THEN 'card' WHEN 2 THEN 'alipay' WHEN 3 THEN 'wechat' ELSE 'bill' END AS way
  FROM appointment WHERE id BETWEEN :first_slot * 2 AND :last_slot * 2 + 1
    AND (status IN ('visited', 'arrived') OR status = 'cancelled' AND slot_id % 2 = 0)
) a
"""
REFUNDS = """
INSERT INTO refund (id, hospital_id, charge_id, appointment_id, refund_no, amount_fen, status, reason, due_at, deadline,
  attempts, clerk, created_at, settled_at)
SELECT id, 1, id, id, 'R' || id, fee_fen, CASE WHEN slot_id % 20 = 0 THEN 'failed' ELSE 'done' END, 'patient', cancelled_at,
  day, 1, '', cancelled_at, CASE WHEN slot_id % 20 > 0 THEN cancelled_at END
FROM appointment WHERE id BETWEEN :first_slot * 2 AND :last_slot * 2 + 1 AND status = 'cancelled' AND slot_id % 2 = 0
"""
ENTRIES = """
INSERT INTO entry (id, hospital_id, kind, at, day, dedupe, charge_id, appointment_id, clerk, trace)
SELECT c.id, 1, 'charge', c.created_at, a.day, 'E' || c.id, c.id, c.id, c.clerk, '-'
FROM charge c JOIN appointment a ON a.id = c.appointment_id WHERE c.id BETWEEN :first_slot * 2 AND :last_slot * 2 + 1
"""
POSTINGS = """
INSERT INTO posting (hospital_id, entry_id, day, account, amount_fen, fee_item, way, clinic_type, category, department_id,
  doctor_id, clerk)
SELECT 1, c.id, a.day,
  CASE WHEN p.account <> 'money' THEN p.account WHEN c.way = 'cash' THEN 'cash' ELSE 'clearing:' || c.way END,
  p.sign * CASE WHEN p.part = 0 THEN c.amount_fen ELSE p.part END, p.fee_item, c.way, s.clinic_type, c.category,
  d.department_id, d.id, c.clerk
FROM charge c JOIN appointment a ON a.id = c.appointment_id JOIN clinic_session s ON s.id = a.session_id
JOIN doctor d ON d.id = a.doctor_id
JOIN year_part p ON p.items = CASE c.amount_fen WHEN 5000 THEN 2 ELSE 1 END AND p.step <= CASE
  WHEN c.status = 'due' THEN 0 WHEN a.status <> 'cancelled' THEN 1 WHEN a.slot_id % 20 = 0 THEN 2 ELSE 3 END
WHERE c.id BETWEEN :first_slot * 2 AND :last_slot * 2 + 1
"""
