using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Stages;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>The central server of a run on one node; the test plays the node, its stages, and their detectors or witnesses.</summary>
public abstract class PlayedStages : TestKit
{
    private protected const int Stages = 3;

    private protected PlayedStages(ITestOutputHelper output)
        : base(RunConfiguration.Quiet, output: output)
    {
        Played = [.. Enumerable.Range(0, Stages).Select(_ => CreateTestProbe())];
        Detectors = [.. Enumerable.Range(0, Stages).Select(_ => CreateTestProbe())];
        Host = CreateTestProbe();
    }

    private protected static NodeId Node { get; } = new("node-1");

    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected TestProbe[] Played { get; }

    private protected TestProbe[] Detectors { get; }

    private protected TestProbe Host { get; }

    private protected EventLog Heard { get; } = new();

    private protected TaskCompletionSource<RunOutcome> Ended { get; } = new();

    /// <summary>Starts the server, and answers its first query for the node.</summary>
    private protected async Task<(IActorRef Server, Ballot Ballot)> BeginQuery(RunSpec run, params IActorRef[] stages)
    {
        var membership = Sys.ActorOf(Props.Create(() => new Membership()));
        var setup = new StageSetup(run);
        membership.Tell(new NodeUp(Node, new NodeCapacity(Stages), Host) { Key = Rig.Key.PublicKey });
        var server = Sys.ActorOf(Props.Create(() => new CoordinatorActor(setup, new NodeId("here"), membership, Heard, Ended.SetResult, null)));
        var query = await Host.ExpectMsgAsync<StateQuery>(cancellationToken: Stop);
        server.Tell(new NodeState(query.Ballot, Node, [.. stages], null), Host);
        return (server, query.Ballot);
    }

    /// <summary>Every stage learns where the others are.</summary>
    private protected async Task ExpectAddresses()
    {
        foreach (var stage in Played) await stage.ExpectMsgAsync<StageAddresses>(cancellationToken: Stop);
    }
}
