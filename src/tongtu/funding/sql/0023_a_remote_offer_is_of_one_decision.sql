-- A person may decide an application anew: a number then names another offer. So a remote lender's
-- offer is of the decision it was asked for, and beside another decision it is none.

drop function funding.remote_program(smallint, int8, smallint);

create function funding.remote_program(
    p_cell smallint, p_application int8, p_decision int8, p_n smallint
) returns int8 language sql stable as $$
    select r.program from funding.remote_request r
     where r.cell = p_cell and r.application = p_application and r.decision = p_decision
       and r.n = p_n and r.offer is not null and r.state in ('offered', 'contradicted')
$$;
