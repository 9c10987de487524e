-- A model is a draft, scores beside the champion, is the champion, or is retired. Every move but the
-- very first champion's is one person's proposal and another's word.

alter table risk.model
    add column kind text not null default 'points_table' check (kind in ('points_table', 'study')),
    add column status text not null default 'draft'
        check (status in ('draft', 'shadow', 'champion', 'retired'));
update risk.model set status = case when is_active then 'champion'
                                    when activated_at is not null then 'retired' else 'draft' end;
drop index risk.one_model_is_active;
alter table risk.model drop column is_active;
-- One champion and one challenger at a time, whatever two operators do at once.
create unique index one_model_is_champion on risk.model (status) where status = 'champion';
create unique index one_model_is_shadow on risk.model (status) where status = 'shadow';

create table risk.model_move (
    id int8 primary key,
    model text not null references risk.model (hash),
    before text not null,
    after text not null,
    approval int8,             -- null: the first champion, and what a move pushed aside
    why text not null check (length(why) between 3 and 200),
    at timestamptz not null
);
create index moves_of_a_model on risk.model_move (model, at);

-- Models stopped (rules only) and let go again; the last row holds.
create table risk.model_switch (
    n int8 generated always as identity primary key,
    is_stopped bool not null,
    by_person int8 not null,
    approval int8,             -- null: stopped by one operator at once
    why text not null check (length(why) between 3 and 200),
    at timestamptz not null,
    check (is_stopped or approval is not null)
);
