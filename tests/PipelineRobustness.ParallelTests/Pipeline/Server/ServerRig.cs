using System.Text.Json.Nodes;
using Akka.Actor;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>The rules of a small run, and addresses for its participants. There are no actors.</summary>
internal static class ServerRig
{
    /// <summary>The server.</summary>
    public static readonly NodeId Here = new("server-1");

    private static readonly ModelConfig Model = ModelConfig.FromJson(
        new JsonObject
        {
            ["model_type"] = "gpt2",
            ["vocab_size"] = 29,
            ["n_positions"] = 8,
            ["n_embd"] = 16,
            ["n_layer"] = 8,
            ["n_head"] = 2,
            ["layer_norm_epsilon"] = 1e-5,
            ["initializer_range"] = 0.1,
        },
        "rig");

    public static RunPlan Plan(int stages, CopyPlacement copies = CopyPlacement.Ring, string remedy = "substitute") => new()
    {
        Name = "run",
        Seed = 1,
        Model = Model,
        Pipeline = new PipelineSettings { Stages = stages, WaitReport = TimeSpan.FromSeconds(30), GiveUpAfter = TimeSpan.FromMinutes(30) },
        Training = new TrainingSettings { MicroBatches = 2, MicroBatchSize = 1, SequenceLength = 8, Iterations = 3 },
        LearningRate = new LinearSchedule(1e-2, 1, 10),
        Defence = new DefenceSettings
        {
            Remedy = stages < 3 || copies == CopyPlacement.None ? "off" : remedy,
            ChosenCopies = stages < 3 ? CopyPlacement.None : copies,
        },
        Checkpoint = new CheckpointSettings { Every = 0, Within = TimeSpan.Zero },
    };

    public static RunRules Rules(RunPlan plan, bool hasStore = false)
    {
        Assert.True(RemedyCatalog.TryGet(plan.Defence.Remedy, out var remedy));
        return new RunRules(
            new RunKey(plan.Name, 0), plan, remedy, Here, Address(Here.Name), EvaluationMicroBatches: 2, hasStore);
    }

    public static IActorRef Address(string name) => new Named(name);

    public static NodeUp Node(int number, int room) => new(new NodeId($"node-{number}"), new NodeCapacity(room), Address($"node-{number}"));

    private sealed class Named(string name) : MinimalActorRef
    {
        public override ActorPath Path { get; } = new RootActorPath(Akka.Actor.Address.AllSystems) / name;

        public override IActorRefProvider Provider => throw new NotSupportedException("nothing is sent");

        public override string ToString() => name;
    }
}
