-- An alarm is raised as well where persons say otherwise than the machine too often, and where a
-- model's files or published rules cannot be used as they stand.

alter table risk.alarm drop constraint alarm_kind_check;
alter table risk.alarm add constraint alarm_kind_check check (kind in (
    'score_shift', 'feature_shift', 'override_rate', 'champion_unusable', 'challenger_unusable',
    'rules_unusable'));
