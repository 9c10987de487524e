"""Prices tried by time block, over HTTP: two persons begin it, everybody of a band pays alike."""

import json
from datetime import date, datetime, timedelta

import pytest
from tests.integration.origination.conftest import ALL_CONSENTS, House
from tests.loaded import shipped_engine

from tongtu.identity.api import CommandKey, Role, Scope, consent_bit
from tongtu.insight.api import ExperimentWatch
from tongtu.insight.experiment import store
from tongtu.insight.experiment import watch as watching
from tongtu.insight.experiment.model import LEAD
from tongtu.journey.accept import Chosen, accept
from tongtu.journey.api import decision_lane
from tongtu.kernel.errors import DeadlinePassed, Overloaded
from tongtu.origination.api import TriedCases, replay
from tongtu.origination.flow import tried

DOOR = "/v1/operations/price-experiments"
LOWER = [20, 25, 30, 0, 0, 0, 0, 0]


@pytest.fixture
def house(parts, run):
    watch = ExperimentWatch(parts.runtime, lambda: parts.decisions)
    lane = parts.decisions = decision_lane(parts.runtime, shipped_engine(parts.runtime.public))
    lane.arms_of, parts.on_experiments = watch.arms_of, watch.follow
    parts.experiment_fault = watch.fault_of
    run(lane.start())
    made = House(parts.runtime, lane, run)
    made.watch = watch
    yield made
    run(lane.stop())


def plan(house, **changes):
    now = house.runtime.clock.now()
    return {
        "name": "autumn",
        "why": "does the cheaper grid bring more",
        "lender": "yunxiu",
        "looks_at": ["band", "tenor_months"],
        "arms": [{"name": "low", "lower_bps": LOWER}],
        "weights_ppm": [400_000, 600_000],
        "block_minutes": 15,
        "starts_at": (now + timedelta(minutes=15)).isoformat(),
        "ends_at": (now + timedelta(hours=6)).isoformat(),
        "band_bps": 60,
        "floor_bps": [350, 400, 500, 0, 0, 0, 0, 0],
        "cases_max": 1_000,
        "loss_ppm_max": 500_000,
    } | changes


@pytest.fixture
def apply(house):
    numbers = iter(range(1_000))

    def one(who=None, **changes):
        n = next(numbers)
        asked = {"key": f"key-{n:08d}", "device": f"device-{n}"} | changes
        return json.loads(house.apply(who or house.borrower(), **asked).body)

    return one


def rates(answer):
    return {one["program"]: one["rate_percent"] for one in answer["offers"]}


def rows(house):
    return house.rows(
        "select (select count(*) from insight.price_experiment), (select count(*) from"
        " insight.price_turn), (select count(*) from identity.approval)"
    )


def to_arm(house, arm):
    """Move the clock to the next block of an arm."""
    for _ in range(20):
        tried = house.decisions.acting(house.runtime.clock.now()).tried
        if tried is not None and tried.arm == arm:
            return tried
        house.runtime.clock.advance(timedelta(minutes=15))
    raise AssertionError("twenty blocks without this arm")


def test_an_experiment_prices_everybody_of_a_block_alike_and_one_operator_ends_it(
    api, house, run, staff, apply
):
    analyst, operator, runtime = staff(Role.ANALYST), staff(Role.OPERATOR), house.runtime
    published = rates(apply())
    asked = plan(house)
    proposed = api.post(DOOR, asked, token=analyst, key="propose-00000001")
    assert proposed.status_code == 201, proposed.text
    assert api.post(DOOR, asked, token=analyst, key="propose-00000001").json() == proposed.json()
    approval = f"{DOOR}".replace("price-experiments", "price-experiment-proposals")
    approval += f"/{proposed.json()['approval']}/approval"

    own = api.post(approval, token=analyst)
    assert (own.status_code, own.json()["code"]) == (403, "own_work")
    assert house.rows("select approval from insight.price_experiment") == [(None,)]
    assert house.decisions.arms is None
    approved = api.post(approval, token=operator)
    assert (approved.status_code, approved.json()["state"]) == (201, "waiting")

    assert rates(apply()) == published  # its first block has not begun
    seen = {}
    for n, arm in enumerate((1, 0, 1)):
        tried = to_arm(house, arm)
        eager = house.borrower(consents=ALL_CONSENTS | 1 << consent_bit(Scope.MARKETING, 0))
        told = [apply(), apply(eager, device=f"phone-pro-max-{n}", address=f"203.0.113.{n + 9}")]
        assert rates(told[0]) == rates(told[1])
        assert tried.propensity_ppm == (400_000, 600_000)[arm]
        seen[arm] = rates(told[0])
        for answer in told:
            decision = runtime.public.read("decision", answer["decision"])
            again = run(replay(runtime, house.decisions, decision))
            assert (again.is_same, again.changed) == (True, ())
        application = runtime.public.read("application", told[1]["application"])
        key = CommandKey(f"accept-{n:08d}", b"b" * 32)
        run(accept(house, eager, application, Chosen(1), key))
    assert seen[0] == published
    assert {p for p in published if published[p] != seen[1][p]} == {"yunxiu_consumer"}
    assert seen[1]["yunxiu_consumer"] == f"{float(published['yunxiu_consumer']) - 0.2:.2f}"

    name = proposed.json()["experiment"]
    told = api.get(f"{DOOR}/{name}", token=analyst).json()
    arms = {one["name"]: one for one in told["learnt"]["arms"]}
    assert told["experiment"]["state"] == "running"
    assert [(a, arms[a]["cases"], arms[a]["blocks"]) for a in arms] == [
        ("published", 2, 1),
        ("low", 4, 2),
    ]
    assert [arms[a]["accepted"]["taken"] for a in arms] == [1, 2]
    # 30,000 yuan at 4.25 % (lowered 4.45 %) above a cost of 3.5 % a year.
    assert arms["low"]["earned_minor"] == 2 * 3_000_000 * 75 // 10_000
    assert arms["published"]["earned_minor"] == 3_000_000 * 95 // 10_000

    to_arm(house, 1)
    no = api.post(f"{DOOR}/{name}/stop", {"why": "not mine to stop"}, token=analyst)
    assert no.status_code == 403
    assert rates(apply()) == seen[1]
    stopped = api.post(f"{DOOR}/{name}/stop", {"why": "prices look wrong"}, token=operator)
    assert (stopped.status_code, stopped.json()["state"]) == (201, "stopped")
    assert rates(apply()) == published
    assert house.decisions.arms is None
    twice = api.post(f"{DOOR}/{name}/stop", {"why": "once more"}, token=operator)
    assert (twice.status_code, twice.json()["code"]) == (409, "experiment_over")


def test_what_may_make_no_price_and_a_grid_out_of_its_bounds_are_refused_and_nothing_is_written(
    api, house, staff
):
    analyst, before = staff(Role.ANALYST), rows(house)
    refused = [
        ({"looks_at": ["band", "willingness"]}, "forbidden_feature"),
        ({"looks_at": ["band", "device"]}, "forbidden_feature"),
        ({"lender": "nobody"}, "no_such_lender"),
        ({"floor_bps": [420, 400, 500, 0, 0, 0, 0, 0]}, "bad_experiment"),  # below cost
        ({"band_bps": 20}, "bad_experiment"),
        ({"arms": [{"name": "low", "lower_bps": [0, 0, 58, 0, 0, 0, 0, 0]}]}, "bad_experiment"),
        ({"arms": [{"name": "same", "lower_bps": [0] * 8}]}, "bad_experiment"),
        ({"arms": [{"name": "same", "lower_bps": [0] * 7 + [50]}]}, "bad_experiment"),
        ({"weights_ppm": [400_000, 500_000]}, "bad_experiment"),
        ({"starts_at": house.runtime.clock.now().isoformat()}, "bad_experiment"),
    ]

    found = [(api.post(DOOR, plan(house, **one), token=analyst), code) for one, code in refused]

    assert [(one.status_code, one.json()["code"]) for one, _ in found] == [
        (422, code) for _, code in found
    ]
    odd = api.post(DOOR, plan(house) | {"by_person": True}, token=analyst)
    assert odd.status_code in (400, 422)
    assert rows(house) == before


def test_what_is_approved_is_what_was_proposed_to_the_byte(api, house, staff):
    made = api.post(DOOR, plan(house), token=staff(Role.ANALYST)).json()
    door = f"/v1/operations/price-experiment-proposals/{made['approval']}/approval"
    for change in (
        "grids = array[replace(grids[1], '425', '424')]",
        "plan = jsonb_set(plan, '{weights_ppm}', '[500000, 500000]')",
        "published_sha256 = sha256('another grid')",
    ):
        was = house.rows("select plan::text, grids, published_sha256 from insight.price_experiment")
        house.execute(f"update insight.price_experiment set {change}")
        answer = api.post(door, token=staff(Role.OPERATOR))
        assert (answer.status_code, answer.json()["code"]) == (409, "not_approved")
        house.execute(
            "update insight.price_experiment set plan = $1::jsonb, grids = $2,"
            " published_sha256 = $3", *was[0]
        )  # fmt: skip
    assert house.value("select count(*) from insight.price_experiment where approval > 0") == 0
    assert house.value("select count(*) from identity.approval where checker > 0") == 0

    assert api.post(door, token=staff(Role.OPERATOR)).status_code == 201


def test_two_experiments_never_share_a_time_and_a_late_approval_runs_nothing(api, house, staff):
    analyst, operator = staff(Role.ANALYST), staff(Role.OPERATOR)
    doors = [
        api.post(DOOR, plan(house), token=analyst).json()["approval"],
        api.post(DOOR, plan(house, name="other"), token=analyst).json()["approval"],
        api.post(DOOR, plan(house, name="late"), token=analyst).json()["approval"],
    ]
    doors = [f"/v1/operations/price-experiment-proposals/{one}/approval" for one in doors]
    assert api.post(doors[0], token=operator).status_code == 201

    both = api.post(doors[1], token=operator)
    house.runtime.clock.advance(timedelta(minutes=14))
    late = api.post(doors[2], token=operator)

    assert (both.status_code, both.json()["code"]) == (409, "experiment_overlaps")
    assert (late.status_code, late.json()["code"]) == (409, "experiment_too_late")
    assert house.value("select count(*) from insight.price_experiment where approval > 0") == 1
    assert house.value("select count(*) from identity.approval where checker > 0") == 1


def test_another_process_has_the_same_arms_and_another_grid_ends_them(
    api, house, staff, apply, monkeypatch
):
    analyst, operator, run = staff(Role.ANALYST), staff(Role.OPERATOR), house.run
    made = api.post(DOOR, plan(house), token=analyst).json()
    door = f"/v1/operations/price-experiment-proposals/{made['approval']}/approval"
    assert api.post(door, token=operator).status_code == 201
    other = ExperimentWatch(house.runtime, lambda: house.decisions)
    here = house.decisions.arms
    house.decisions.arms = None

    run(other.follow())

    starts = datetime.fromisoformat(plan(house)["starts_at"])
    blocks = [starts + timedelta(minutes=15 * n) for n in range(20)]
    there = house.decisions.arms
    assert [there.at(one).tried for one in blocks] == [here.at(one).tried for one in blocks]
    assert [there.at(one).number for one in blocks] == [here.at(one).number for one in blocks]
    # A grid that was published since is not the one that was approved: nobody is tried on.
    house.execute("update insight.price_experiment set published_sha256 = sha256('another grid')")
    run(house.decisions.swap(house.decisions.engine))
    assert house.decisions.arms is None
    to_published = apply()
    assert to_published["offers"][0]["rate_percent"] == "4.45"
    # It says so on its page and by an alarm, and is not made again each second over this engine.
    run(house.watch.follow())
    monkeypatch.setattr(watching, "make_arms", None)
    run(house.watch.follow())
    shown = api.get(f"{DOOR}/{made['experiment']}", token=analyst).json()["experiment"]
    assert shown["fault"] == "another price grid was published since"
    assert alarms(house) == [("experiment_unusable", "prices", False)]
    stop = api.post(f"{DOOR}/{made['experiment']}/stop", {"why": "no use"}, token=operator)
    assert stop.status_code == 201
    shown = api.get(f"{DOOR}/{made['experiment']}", token=analyst).json()["experiment"]
    assert (shown["fault"], alarms(house)) == (None, [("experiment_unusable", "prices", True)])


@pytest.fixture
def begin(api, house, staff):
    """Let an experiment be proposed and approved; return its name."""

    def begun():
        made = api.post(DOOR, plan(house), token=staff(Role.ANALYST)).json()
        door = f"/v1/operations/price-experiment-proposals/{made['approval']}/approval"
        assert api.post(door, token=staff(Role.OPERATOR)).status_code == 201
        return made["experiment"]

    return begun


@pytest.fixture
def fault_of(api, staff):
    """Return what an experiment's page says is wrong."""

    def shown(name):
        told = api.get(f"{DOOR}/{name}", token=staff(Role.ANALYST)).json()
        return told["experiment"]["fault"]

    return shown


def alarms(house):
    return house.rows("select kind, subject, cleared_at is not null from risk.alarm order by id")


@pytest.mark.parametrize(
    "fault", [DeadlinePassed("late"), OSError("no space left on device")],
    ids=lambda fault: type(fault).__name__,
)  # fmt: skip
def test_a_fault_that_passes_costs_an_experiment_no_more_than_the_time_it_lasts(
    house, begin, fault_of, monkeypatch, fault
):
    """A process that gave up asked what is published, while the others asked the arm's price."""
    name, run = begin(), house.run
    arms, house.decisions.arms = house.decisions.arms, None
    works = watching.make_arms

    async def fails(*_):
        raise fault

    monkeypatch.setattr(watching, "make_arms", fails)
    for _ in range(2):
        with pytest.raises(type(fault)):
            run(house.watch.follow())
        run(house.watch._note_fault(fault))  # as its worker does
    assert house.decisions.arms is None
    assert fault_of(name) == f"{type(fault).__name__}: {fault}"
    assert alarms(house) == [("experiment_unusable", "prices", False)]
    with pytest.raises(type(fault)):  # nor does an engine begin to decide without its arms
        run(house.decisions.swap(house.decisions.engine))

    monkeypatch.setattr(watching, "make_arms", works)
    run(house.watch.follow())

    assert house.decisions.arms.schedule == arms.schedule
    assert alarms(house) == [("experiment_unusable", "prices", True)]
    assert fault_of(name) is None


@pytest.mark.parametrize("brings", ["follow", "swap"])
def test_what_was_stopped_is_not_put_back_by_whoever_was_making_its_arms(
    house, begin, monkeypatch, brings
):
    name, watch, lane, runtime = begin(), house.watch, house.decisions, house.runtime
    lane.arms, reads, read = None, [], watch._in_force

    async def in_force():
        """Answer the last look, which saw it still in force, after it was stopped and followed."""
        found = await read()
        reads.append(found)
        if len(reads) == (3 if brings == "follow" else 2):
            async with runtime.database.transaction() as connection:
                number = runtime.public.read("experiment", name)
                assert await store.stop(connection, number, (None, "stop"), runtime.clock.now())
            await watch.follow()  # the route answers now: everybody pays what is published
            assert lane.arms is None
        return found

    monkeypatch.setattr(watch, "_in_force", in_force)
    house.run(watch.follow() if brings == "follow" else lane.swap(lane.engine))

    assert lane.arms is None
    assert reads[-1] is None


def test_two_experiments_keep_the_time_between_them_that_a_process_needs(api, house, staff, begin):
    """The next is seen when the one before is over: its arms are to be made before it begins."""
    begin()
    ends = datetime.fromisoformat(plan(house)["ends_at"])

    def approved(starts, until):
        times = {"starts_at": starts.isoformat(), "ends_at": until.isoformat()}
        made = api.post(DOOR, plan(house, name="other", **times), token=staff(Role.ANALYST))
        assert made.status_code == 201, made.text
        door = f"/v1/operations/price-experiment-proposals/{made.json()['approval']}/approval"
        answer = api.post(door, token=staff(Role.OPERATOR))
        return answer.status_code, answer.json().get("code")

    second, third = ends + timedelta(hours=3), ends + timedelta(hours=5)
    just = timedelta(seconds=1)
    assert approved(ends + LEAD - just, second) == (409, "experiment_overlaps")
    assert approved(second, third) == (201, None)
    assert approved(ends + LEAD, second - LEAD + just) == (409, "experiment_overlaps")
    assert house.value("select count(*) from insight.price_experiment where approval > 0") == 2
    assert approved(ends + LEAD, second - LEAD) == (201, None)


def test_a_read_of_an_experiments_cases_that_failed_loses_none(house, begin, apply, monkeypatch):
    name, run = begin(), house.run
    to_arm(house, 1)
    apply()
    house.runtime.clock.advance(timedelta(minutes=1))
    number = house.runtime.public.read("experiment", name)
    days = (date(2026, 11, 24), date(2026, 11, 25))
    cases, works = TriedCases(number, days, 100), tried.acceptances.taken

    async def fails(*_):
        raise Overloaded("away")

    monkeypatch.setattr(tried.acceptances, "taken", fails)
    with pytest.raises(Overloaded):
        run(cases.read(house.runtime, house.decisions.versions))
    monkeypatch.setattr(tried.acceptances, "taken", works)

    for _ in range(2):
        found = run(cases.read(house.runtime, house.decisions.versions))
        assert [one.tried.arm for one in found] == [1]


def test_its_own_rule_stops_an_experiment(api, house, run, staff, apply):
    analyst, operator = staff(Role.ANALYST), staff(Role.OPERATOR)
    made = api.post(DOOR, plan(house, cases_max=2), token=analyst).json()
    door = f"/v1/operations/price-experiment-proposals/{made['approval']}/approval"
    api.post(door, token=operator)
    to_arm(house, 1)
    apply()
    run(house.watch.review())
    assert house.value("select stopped_why from insight.price_experiment") is None
    house.runtime.clock.advance(timedelta(minutes=1))
    run(house.watch.review())  # each decision counts once, however often it is looked at
    assert house.value("select stopped_why from insight.price_experiment") is None
    apply()

    run(house.watch.review())

    why = house.rows("select stopped_why, stopped_by from insight.price_experiment")
    assert why == [("2 cases were decided, as planned", None)]
    assert house.decisions.arms is None
