using Akka.Actor;
using PipelineRobustness.Cli;
using PipelineRobustness.Experiments;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline;
using PipelineRobustness.Tests.Cluster;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Small runs with drawn trouble end right, and oracles notice where the system does not work.</summary>
public sealed class CampaignSpecs
{
    private const ulong SeedsMost = 200;

    // In a process of its own: tensors are counted over all threads.
    [Fact]
    public async Task Two_hundred_seeds_end_right()
    {
        using var campaign = NodeProcess.StartProgram(
            "dotnet", Path.Combine(AppContext.BaseDirectory, "pipeline-robustness.dll"), "simulate", "--seeds", $"1..{SeedsMost}", "--quiet");
        var code = await campaign.EndsAsync();
        Assert.True(code == ExitCode.Done, campaign.Said);
    }

    [Fact]
    public async Task A_range_that_is_none_is_named()
    {
        var error = new StringWriter();
        Assert.Equal(ExitCode.BadSettings, await CommandLine.InvokeAsync(["simulate", "--seeds", "9..3"], TextWriter.Null, error));
        Assert.Contains("--seeds: expected a number or FIRST..LAST, found 9..3", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_case_follows_from_its_seed() => Assert.Equal($"{CampaignDraw.Of(7)}", $"{CampaignDraw.Of(7)}");

    public static TheoryData<string> Defects => ["a moment is lost on rebuild", "a checkpoint is read with other moments"];

    /// <summary>Each is switched on through a port. The campaign must notice within its seeds.</summary>
    [Theory, MemberData(nameof(Defects))]
    public void The_oracles_notice_a_defect(string defect)
    {
        for (var seed = 1UL; seed <= SeedsMost; seed++)
        {
            var one = CampaignDraw.Of(seed);
            var end = CaseJudge.Judge(one, Broken(defect));
            if (end.Verdict == CaseVerdict.Wrong && !end.Why.Contains("tensors were left", StringComparison.Ordinal)) return;
        }

        Assert.Fail($"{SeedsMost} seeds did not notice that {defect}");
    }

    private static Func<Ports, Ports> Broken(string defect) => defect switch
    {
        "a moment is lost on rebuild" => ports => ports with { Link = new LosingMoment() },
        "a checkpoint is read with other moments" => ports => ports.Store is { } store ? ports with { Store = new Misreading(store) } : ports,
        _ => throw new ArgumentException($"nobody breaks it so: {defect}", nameof(defect)),
    };

    private static void Spoil(BlockState state)
    {
        using var still = TorchSharp.torch.no_grad();
        state.Parameters[0].FirstMoment.fill_(0.5);
    }

    private sealed class LosingMoment : ILink
    {
        public void ToStage(IActorRef stage, object message, IActorRef sender)
        {
            if (message is BlockTransfer transfer) Spoil(transfer.State);
            stage.Tell(message, sender);
        }

        public void ToServer(IActorRef server, object message, IActorRef sender) => server.Tell(message, sender);
    }

    private sealed class Misreading(IStore store) : IStore
    {
        public void Write(string run, long version, Ballot ballot, BlockState state, UInt128 digest, Action<ShardSeal?, string?> done) =>
            store.Write(run, version, ballot, state, digest, done);

        public void Seal(CheckpointManifest manifest, Action<string?> done) => store.Seal(manifest, done);

        public IEnumerable<CheckpointManifest> Whole(string run, Action<string> damaged) => store.Whole(run, damaged);

        public BlockState Read(CheckpointManifest manifest, BlockRange range, ModelConfig model)
        {
            var state = store.Read(manifest, range, model);
            Spoil(state);
            return state;
        }
    }
}
