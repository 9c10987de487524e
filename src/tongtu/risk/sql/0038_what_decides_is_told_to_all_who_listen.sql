-- Whatever changes which models and rules decide is told to every process that listens, when it
-- commits. The word carries nothing: who hears it looks.

create function risk.tell_models() returns trigger language plpgsql as $$
begin
    perform pg_notify('risk_models', '');
    return null;
end $$;

create trigger model_is_told after insert or update of status on risk.model
    for each statement execute function risk.tell_models();
create trigger switch_is_told after insert on risk.model_switch
    for each statement execute function risk.tell_models();
create trigger rules_are_told after insert or update of status on risk.rule_set
    for each statement execute function risk.tell_models();
