using System.Collections.Concurrent;
using PipelineRobustness.Experiments.League;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models;

namespace PipelineRobustness.Tests.Experiments.League;

public sealed class LeagueRunnerSpecs : IDisposable
{
    private const string File = """
        training.iterations = 4
        pipeline.stages = 3
        league {
          families = [{ name = a, model.layers = 3 }]
          seeds = [1, 2]
          attackers = [{ name = flip, lie = value, attack.forward = { kind = sign-flip, rate = 0.5 } }]
          detectors = [{ name = exact, always = [value], defence { remedy = substitute, copies = ring } }]
        }
        """;

    private readonly ExperimentFiles _files = new();
    private readonly ConcurrentQueue<string> _jobs = [];
    private LeagueResults? _saved;

    public void Dispose() => _files.Dispose();

    private LeaguePlan Plan(LeagueResults? earlier = null, bool again = false, string text = File, params string[] only)
    {
        var league = LeagueReader.Read(_files.Write(text));
        var filter = new CellFilter(league, only);
        using var experiment = PreparedExperiment.Prepare(league.Experiment([.. league.Cells.Where(filter.Takes)]));
        return LeaguePlan.Of(league, experiment, filter, earlier, again, (_, _) => false);
    }

    private Task<LeagueResults> PlayAsync(LeaguePlan plan, string? failing = null, Action<string>? did = null, CancellationTokenSource? interrupt = null) =>
        new LeagueRunner(plan, () => new Worker(plan, _jobs, failing), 2, results => _saved = results)
            .RunAsync((job, _) => did?.Invoke(job), interrupt?.Token ?? TestContext.Current.CancellationToken);

    [Fact]
    public async Task Models_are_trained_before_the_cells_that_start_with_them()
    {
        var plan = Plan();
        Assert.Equal((8, 8), (plan.Wanted.Count, plan.Left.Count));
        Assert.Equal(["a_1", "a_2"], plan.Parents);
        var results = await PlayAsync(plan);
        Assert.Equal(["a_1", "a_2"], _jobs.Take(2).Order(StringComparer.Ordinal));
        Assert.Equal(plan.Wanted.Select(cell => cell.Run).Order(StringComparer.Ordinal), _jobs.Skip(2).Order(StringComparer.Ordinal));
        Assert.Equal(plan.Wanted.ToHashSet(), results.Rows.Select(row => row.Key).ToHashSet());
        Assert.All(results.Rows, row => Assert.Equal(plan.Identities[row.Key.Clean], row.CleanIdentity));
        Assert.Same(results, _saved);
    }

    [Fact]
    public async Task An_interrupted_league_is_resumed_where_it_was()
    {
        using var interrupt = new CancellationTokenSource();
        await PlayAsync(Plan(), did: InterruptAfter("a_1_flip_undefended", interrupt), interrupt: interrupt);
        Assert.InRange(_saved!.Rows.Count, 2, 3);
        var rest = Plan(_saved);
        Assert.Equal(8 - _saved.Rows.Count, rest.Left.Count);
        Assert.Equal(8, (await PlayAsync(rest)).Rows.Count);
        Assert.Empty(Plan(_saved).Left);
        Assert.Empty(Plan(_saved).Parents);
    }

    [Fact]
    public async Task A_job_that_fails_ends_the_league_and_keeps_what_is_done()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => PlayAsync(Plan(), failing: "a_1_no-attack_exact"));
        Assert.Equal("a_1_no-attack_exact: broken", error.Message);
        Assert.InRange(_saved!.Rows.Count, 1, 3);
    }

    [Fact]
    public async Task A_model_that_fails_ends_the_workers_that_wait_for_it() =>
        Assert.Equal("a_1: broken", (await Assert.ThrowsAsync<InvalidOperationException>(() => PlayAsync(Plan(), failing: "a_1"))).Message);

    [Fact]
    public async Task Cells_that_are_asked_for_are_worked_again_and_no_others()
    {
        await PlayAsync(Plan());
        Assert.Equal(
            ["a_1_no-attack_exact", "a_1_flip_exact"], Plan(_saved, again: true, only: ["detectors=exact", "seeds=1"]).Left.Select(cell => cell.Run));
    }

    [Fact]
    public async Task Results_of_other_settings_are_refused()
    {
        await PlayAsync(Plan());
        var changed = File.Replace("iterations = 4", "iterations = 5", StringComparison.Ordinal);
        var refusal = Assert.Throws<BadInputException>(() => Plan(_saved, text: changed)).Message;
        Assert.StartsWith("league.json: expected rows of this file's settings, found 8 of others, such as ", refusal, StringComparison.Ordinal);
        Assert.Equal(8, Plan(_saved, again: true, text: changed).Left.Count);
    }

    [Fact]
    public async Task Rows_of_a_changed_entrant_are_refused_though_not_wanted()
    {
        await PlayAsync(Plan());
        var changed = File.Replace("rate = 0.5", "rate = 0.25", StringComparison.Ordinal);
        var refusal = Assert.Throws<BadInputException>(() => Plan(_saved, text: changed, only: ["attackers=no-attack"])).Message;
        Assert.StartsWith("league.json: expected rows of this file's settings, found 4 of others, such as flip ", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_detector_is_worked_alone()
    {
        await PlayAsync(Plan());
        var mine = File.Replace("name = exact, always = [value]", "name = mine", StringComparison.Ordinal);
        var plan = Plan(_saved, text: mine);
        Assert.Equal(["mine"], plan.Left.Select(cell => cell.Detector).Distinct());
        Assert.Equal(["mine", "exact"], (await PlayAsync(plan)).Detectors.Select(detector => detector.Name));
    }

    [Fact]
    public async Task A_row_of_other_settings_than_planned_is_refused()
    {
        var (plan, other) = (Plan(), Plan(text: File.Replace("iterations = 4", "iterations = 5", StringComparison.Ordinal)));
        await Assert.ThrowsAsync<InvalidOperationException>(() => new LeagueRunner(plan, () => new Worker(other, _jobs, null), 2, _ => { })
            .RunAsync((_, _) => { }, TestContext.Current.CancellationToken));
    }

    private static Action<string> InterruptAfter(string last, CancellationTokenSource interrupt) => job =>
    {
        if (job == last) interrupt.Cancel();
    };

    private sealed class Worker(LeaguePlan plan, ConcurrentQueue<string> jobs, string? failing) : ILeagueWorker
    {
        public Task<LeagueRow?> DoAsync(string job)
        {
            jobs.Enqueue(job);
            if (job == failing) throw new InvalidOperationException($"{job}: broken");
            var cell = plan.Wanted.Where(wanted => wanted.Run == job).Cast<CellKey?>().FirstOrDefault();
            return Task.FromResult(cell is { } found ? Row(found) : null);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private LeagueRow Row(CellKey cell) => PlayedLeague.Row(cell.Attacker, cell.Detector) with
        {
            Family = cell.Family,
            Seed = cell.Seed,
            Identity = plan.Identities[cell],
        };
    }
}
