-- Works with programs from 0001_core.sql on.

-- Reads the rejections while others go on writing them: alone in its transaction, this takes no lock that stops anybody.
alter table rejection validate constraint rejection_reason_check;
