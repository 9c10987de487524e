-- A price experiment that was approved and cannot run is an alarm. Rows that stand are looked at by the
-- next migration: here only the table's definition changes, so that nobody waits for a look at them.

alter table risk.alarm drop constraint alarm_kind_check;
alter table risk.alarm add constraint alarm_kind_check check (kind in (
    'score_shift', 'feature_shift', 'override_rate', 'champion_unusable', 'challenger_unusable',
    'rules_unusable', 'experiment_unusable')) not valid;
