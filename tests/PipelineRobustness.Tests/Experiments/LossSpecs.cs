using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Cli;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Hosting;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>A declared loss is judged by what was left, in written histories and in runs.</summary>
public sealed class LossSpecs : IDisposable
{
    // Two machines with room for two stages each; stages 0 and 1 on the first. To be waited for: 60 s, and 10 s for a state query.
    private static readonly GroundTruth Both = new()
    {
        Plan = SmallCase.Of("off", CopyPlacement.None).Plan,
        Room = 2,
        MembershipChanges = [Came("node-1", 0), Came("node-2", 0)],
        Placed = [(Seconds(0), [new("node-1"), new("node-1"), new("node-2"), new("node-2")])],
        FirstWeightsAreGone = true,
        End = Seconds(100),
        Lost = LossKind.Room,
    };

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_run_without_capacity_for_the_whole_wait_is_lost() => Assert.Null(LossOracle.Violation(After(Went("node-2", 40))));

    [Fact]
    public void A_run_with_capacity_at_the_end_of_the_wait_is_not_lost()
    {
        const string Message = "the 2 machines that are left have room for 4 stages, and there are 4";
        Assert.Equal(Message, LossOracle.Violation(Both));
        Assert.Equal(Message, LossOracle.Violation(After(Went("node-2", 30), Came("node-3", 95))));
        Assert.Null(LossOracle.Violation(After(Went("node-2", 30), Came("node-3", 95)) with { Room = 1 }));
    }

    [Fact]
    public void A_loss_declared_before_the_wait_ends_is_wrong()
    {
        Assert.Equal("2 machines had room for 4 stages until 55.000 s, and it had to wait 60.000 s", LossOracle.Violation(After(Went("node-2", 55))));
        Assert.Equal(
            "2 machines had room for 4 stages until 75.000 s, and it had to wait 60.000 s",
            LossOracle.Violation(After(Went("node-2", 10), Came("node-3", 60), Went("node-3", 75))));
    }

    /// <summary>A state query was sent, and before it ended the machine had left again.</summary>
    [Fact]
    public void A_node_that_joins_for_a_moment_is_no_capacity() =>
        Assert.Null(LossOracle.Violation(After(Went("node-2", 10), Came("node-3", 60), Went("node-3", 69))));

    [Fact]
    public void A_run_is_out_of_room_only_where_machines_left()
    {
        Assert.Null(LossOracle.Violation(After(Went("node-2", 10), Went("node-1", 20))));
        Assert.NotNull(LossOracle.Violation(Both));
    }

    [Fact]
    public void A_block_without_holder_checkpoint_or_first_weights_is_lost() =>
        Assert.Null(LossOracle.Violation(After(Went("node-2", 40), Came("node-3", 50)) with { Lost = LossKind.Block }));

    [Fact]
    public void A_block_with_a_holder_is_not_lost()
    {
        const string Message = "every block had a holder";
        var gone = After(Went("node-2", 40)) with { Lost = LossKind.Block };
        Assert.Equal(Message, LossOracle.Violation(Both with { Lost = LossKind.Block }));
        // A machine that left before stages were placed held nothing.
        Assert.Equal(Message, LossOracle.Violation(gone with { Placed = [(Seconds(41), Both.Placed[0].Placement)] }));
        // Stages 0 and 2 are on one machine, 1 and 3 on the other: each copy is on the other machine.
        Assert.Equal(Message, LossOracle.Violation(gone with
        {
            Plan = gone.Plan with { Defence = new DefenceSettings { Copies = CopyPlacement.Ring } },
            Placed = [(Seconds(0), [new("node-1"), new("node-2"), new("node-1"), new("node-2")])],
        }));
    }

    /// <summary>Block 1 was held by stages 1 and 2: the former was lost with its machine, the latter alone.</summary>
    [Fact]
    public void A_block_is_lost_only_with_both_holders()
    {
        var ring = Both.Plan with { Defence = new DefenceSettings { Copies = CopyPlacement.Ring } };
        var one = After(Went("node-1", 40)) with { Lost = LossKind.Block, Plan = ring };
        one = one with { Placed = [(Seconds(0), [new("node-2"), new("node-1"), new("node-2"), new("node-2")])] };
        Assert.Equal("every block had a holder", LossOracle.Violation(one));
        Assert.Null(LossOracle.Violation(one with { LostStages = [(Seconds(41), 2)] }));
        Assert.NotNull(LossOracle.Violation(one with { LostStages = [(Seconds(41), 3)] }));
    }

    [Fact]
    public void A_run_with_a_version_to_fall_back_to_is_not_lost()
    {
        var gone = After(Went("node-2", 40)) with { Lost = LossKind.Block };
        Assert.Equal("there was a checkpoint of version 6", LossOracle.Violation(gone with { Checkpoint = 6 }));
        Assert.Equal("version 0 could be made again", LossOracle.Violation(gone with { FirstWeightsAreGone = false }));
    }

    /// <summary>Although there is neither room nor a holder, the run gives another reason for its loss.</summary>
    [Fact]
    public void A_run_that_fails_for_another_reason_is_not_lost() => Assert.Equal(
        "neither room nor holders are missing",
        LossOracle.Violation(After(Went("node-2", 10), Went("node-1", 10)) with { Lost = null }));

    [Fact]
    public void A_campaign_case_without_capacity_is_right_and_says_so()
    {
        var crash = new Crash { Target = new(TargetKind.Stage, 2), At = new(1) };
        var end = CaseJudge.Judge(SmallCase.Of("off", CopyPlacement.None) with { Nodes = 1, Scenario = new Scenario("written", [crash]) });
        Assert.Equal(CaseVerdict.Right, end.Verdict);
        Assert.StartsWith("declared lost: no room: 4 stages, and the 0 nodes that are left have room for 0", end.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scenario_run_without_capacity_is_right_and_names_the_last_event()
    {
        var scenario = _files.Write("events = [ { crash = \"stage 2\", at = \"iteration 1\" } ]", "once.conf");
        var (code, output) = await SimulateAsync("--nodes", "1", "--scenario", scenario);
        Assert.True(code == ExitCode.Done, output);
        Assert.Contains("once over one-rack: right: declared lost: no room: 4 stages", output, StringComparison.Ordinal);
        Assert.Matches(@"the last event before, at \d+\.\d+ s: crash of stage 2 at iteration 1", output.ReplaceLineEndings(" "));
        // It worked for part of that iteration, and waited two minutes for a machine.
        Assert.Matches(@"crash of stage 2 at iteration 1, forward\s+\d+\.\d+\s+node-1\s+1\s+1[2-4]\d\.\d+", output);
    }

    [Fact]
    public async Task A_run_lost_before_every_event_came_fails_the_scenario()
    {
        var scenario = _files.Write("events = [ { crash = \"stage 2\", at = \"iteration 1\" }, { join = \"a node\", at = \"iteration 2\" } ]", "half.conf");
        var (code, output) = await SimulateAsync("--nodes", "1", "--scenario", scenario);
        Assert.True(code == (int)CaseVerdict.Wrong, output);
        Assert.Contains(
            "wrong: half: an event never came: join of a node at iteration 2, forward (half.conf:1); declared lost: no room:",
            output.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    /// <summary>Repeated failures of stages are not due to a lack of machines.</summary>
    [Fact]
    public async Task A_scenario_run_that_fails_otherwise_is_wrong_and_names_the_last_event()
    {
        var scenario = _files.Write("events = [ { out-of-memory = \"stage 1\", at = \"iteration 1\" } ]", "memory.conf");
        var (code, output) = await SimulateAsync("--scenario", scenario, "--set", "recovery.retries=0");
        Assert.True(code == (int)CaseVerdict.Wrong, output);
        Assert.Matches(
            @"wrong: failed: stage 1 on node-2: .* out of memory, by the scenario; the last event before, at \d+\.\d+ s: out-of-memory of stage 1",
            output.ReplaceLineEndings(" "));
    }

    [Fact]
    public async Task A_run_that_fails_undisturbed_does_not_blame_the_scenario()
    {
        var (code, output) = await SimulateAsync("--flops", "1", "--scenario", "storm");
        Assert.True(code == (int)CaseVerdict.Wrong, output);
        output = output.ReplaceLineEndings(" ");
        Assert.Contains(
            "storm over one-rack: wrong: undisturbed, so that storm was not simulated: failed: gave up after 1800 s", output, StringComparison.Ordinal);
        Assert.DoesNotContain("1970", output, StringComparison.Ordinal);
        Assert.DoesNotContain("the last event", output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> SimulateAsync(params string[] options)
    {
        var output = new StringWriter();
        var file = Path.Combine(Repository.Root, "hocon", "simulate.conf");
        return (await CommandLine.InvokeAsync(["simulate", file, .. options], output, output), output.ToString());
    }

    private static GroundTruth After(params MembershipChange[] changes) => Both with { MembershipChanges = [.. Both.MembershipChanges, .. changes] };

    private static MembershipChange Came(string machine, double at) => new(Seconds(at), machine, true);

    private static MembershipChange Went(string machine, double at) => new(Seconds(at), machine, false);

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
