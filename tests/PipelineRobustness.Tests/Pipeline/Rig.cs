using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Hosting;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Schedules;
using PipelineRobustness.Pipeline.Security;
using PipelineRobustness.Pipeline.Simulation;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Pipeline.Verification.Detectors;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Tiny runs: a GPT-2 of a few thousand parameters on tokens drawn from the seed.</summary>
internal sealed record Rig
{
    public static readonly Attack Flip = new SignFlip { Rate = 1 };

    /// <summary>The key of a node that a test plays.</summary>
    public static readonly NodeKey Key = NodeKey.Draw();

    public static readonly Attack Noise = new GaussianNoise { Rate = 1 };

    public int Layers { get; init; } = 8;

    public int Stages { get; init; } = 4;

    public int MicroBatches { get; init; } = 4;

    public int MicroBatchSize { get; init; } = 2;

    public long Iterations { get; init; } = 3;

    public string Remedy { get; init; } = "off";

    public CopyPlacement? Copies { get; init; }

    /// <summary>A remedy that has no name in the catalog; null for the named one.</summary>
    public IRemedy? Rule { get; init; }

    public bool? StopWhenNotFinite { get; init; }

    /// <summary>Another detector than a comparison with copies; null for that.</summary>
    public IDetector? Detector { get; init; }

    public ISchedule Schedule { get; init; } = GPipe.Instance;

    public ClipScope ClipScope { get; init; }

    public double Tolerance { get; init; }

    /// <summary>What is audited by lot.</summary>
    public AuditSettings Audit { get; init; } = new();

    /// <summary>Convictions after which a node, or in one process a stage's seat, is lost.</summary>
    public int QuarantineAfter { get; init; } = 1;

    public bool Tied { get; init; } = true;

    public bool Recompute { get; init; }

    /// <summary>The blocks that are stepped; none: all.</summary>
    public string[] Blocks { get; init; } = [];

    public int AttemptsMax { get; init; } = 50;

    public long EvaluateEvery { get; init; }

    public int RetriesMax { get; init; }

    public long CheckpointEvery { get; init; }

    public Attack[] Forward { get; init; } = [];

    public Attack[] Backward { get; init; } = [];

    public Liar[] Liars { get; init; } = [];

    /// <summary>What earlier runs changed in their weights.</summary>
    public IWeightChanges? Changes { get; init; }

    public IStageBehaviour? Behaviour { get; init; }

    public TimeSpan WaitReport { get; init; } = TimeSpan.FromMinutes(5);

    public int IntraOpThreads { get; init; } = 1;

    public ulong Seed { get; init; } = 3;

    /// <summary>A small model of another family in place of the GPT-2.</summary>
    public JsonObject? Other { get; init; }

    private const int Time = 8;

    public ModelConfig Model => ModelConfig.FromJson(
        Other ?? new JsonObject
        {
            ["model_type"] = "gpt2",
            ["vocab_size"] = 29,
            ["n_positions"] = Time,
            ["n_embd"] = 16,
            ["n_layer"] = Layers,
            ["n_head"] = 2,
            ["layer_norm_epsilon"] = 1e-5,
            ["initializer_range"] = 0.1,
            ["tie_word_embeddings"] = Tied,
        },
        "rig");

    public RunPlan Plan => new()
    {
        Name = "rig",
        Seed = Seed,
        Model = Model,
        Pipeline = new PipelineSettings { Stages = Stages, WaitReport = WaitReport, IntraOpThreads = IntraOpThreads, Schedule = Schedule },
        Training = new TrainingSettings
        {
            MicroBatches = MicroBatches,
            MicroBatchSize = MicroBatchSize,
            SequenceLength = Time,
            Recompute = Recompute,
            Blocks = Blocks,
            Iterations = Iterations,
            ClipNorm = 0.5,
            Clip = ClipScope,
            StopWhenNotFinite = StopWhenNotFinite,
        },
        LearningRate = new LinearSchedule(1e-2, 1, Iterations + 1),
        Defence = new DefenceSettings
        {
            Remedy = Remedy,
            Rule = Rule!,
            Detector = Detector ?? new CopyDetector(),
            ChosenCopies = Copies,
            Tolerance = Tolerance,
            Attempts = AttemptsMax,
            Audit = Audit,
            QuarantineAfter = QuarantineAfter,
        },
        Evaluation = new EvaluationSettings { Every = EvaluateEvery },
        Recovery = new RecoverySettings { Retries = RetriesMax },
        Checkpoint = new CheckpointSettings { Every = CheckpointEvery, Within = TimeSpan.Zero },
    };

    public RunData Data => new(
        new TrainingWindows(Tokens("train", 40 * Time + 1), Time, MicroBatches, MicroBatchSize, Seed, 0),
        new EvaluationWindows(Tokens("validation", 11 * Time + 5), Time, MicroBatchSize, 0));

    public IWeightSource Weights => new SeededWeights(Model, Seed);

    public RunSpec Spec(RunPorts? ports = null) => new(Plan, Weights, Data, ports ?? new RunPorts());

    public Adversary Adversary()
    {
        Attack[] attacks = [.. Forward, .. Backward.Select(attack => attack with { Direction = Direction.Backward })];
        var knowledge = new AttackerKnowledge(Seed, Stages)
        {
            Detector = Detector,
            Audit = Audit,
            ComparesStates = Plan.Copies != CopyPlacement.None && !Plan.Defence.Rule.OwnerStands,
            Changes = Changes,
        };
        return new(knowledge, attacks, Liars, Plan.LearningRate);
    }

    /// <summary>Over real threads.</summary>
    public Ended Run()
    {
        var (behaviour, adversary) = Behave();
        var log = new EventLog();
        var outcome = PipelineHost.RunAsync(Spec(new RunPorts { Behaviour = behaviour }), log)
            .WaitAsync(TimeSpan.FromMinutes(3)).GetAwaiter().GetResult();
        return Ended.Of(outcome, log, adversary);
    }

    /// <summary>Over a seeded interleaving.</summary>
    public Ended Simulate(ulong interleaving, int nodes = 1)
    {
        var (behaviour, adversary) = Behave();
        var log = new EventLog();
        var outcome = SimulatedRun.Run(interleaving, Spec(new RunPorts { Behaviour = behaviour }), log, nodes);
        Assert.NotNull(outcome);
        return Ended.Of(outcome, log, adversary);
    }

    /// <summary>Over a seeded interleaving, with an observer.</summary>
    public void SimulateWatching(IRunObserver observer)
    {
        using var outcome = SimulatedRun.Run(1, Spec(new RunPorts { Behaviour = Behave().Behaviour }), observer);
        Assert.Equal(RunStatus.Done, outcome?.Status);
    }

    /// <summary>
    /// The oracle: a plain loop without actors. On a thread of its own, since one that has used torch before keeps its
    /// number of intra-op threads.
    /// </summary>
    public PlainEnd PlainLoop() => PlainLoopUntil(Iterations);

    /// <summary>As <see cref="PlainLoop"/>, with the schedule of the whole run, up to an iteration.</summary>
    public PlainEnd PlainLoopUntil(long iterations)
    {
        PlainEnd result = null!;
        var thread = new Thread(() =>
        {
            TorchSharp.torch.set_num_threads(Plan.Pipeline.IntraOpThreads);
            result = WorkPlainLoop(iterations);
        });
        thread.Start();
        thread.Join();
        return result;
    }

    private PlainEnd WorkPlainLoop(long iterations)
    {
        var data = Data;
        using var loop = new PlainLoop(
            Model, Weights, Plan.Training.Optimizer, Plan.LearningRate, Plan.Training.ClipNorm, data.Training, MicroBatches,
            ClipScope == ClipScope.PerStage ? Cut.Balanced(Model, Stages) : null, Plan.SteppedBlocks);
        var steps = new List<(double Loss, double Norm)>();
        for (var i = 0L; i < iterations; i++) steps.Add((loop.Train(i), loop.GradientNorm));
        var loss = loop.Evaluate(data.Evaluation);
        using var state = loop.Capture();
        return new PlainEnd(Fingerprint.State(state.Parameters, iterations), loss, steps);
    }

    private (IStageBehaviour Behaviour, Adversary? Adversary) Behave()
    {
        if (Behaviour is not null) return (Behaviour, null);
        if (Forward.Length + Backward.Length + Liars.Length == 0) return (HonestBehaviour.Instance, null);
        var adversary = Adversary();
        return (adversary, adversary);
    }

    private int[] Tokens(string purpose, int count) =>
        [.. Enumerable.Range(0, count).Select(i => SeededRandom.Below(SeededRandom.Key(Seed, purpose, i), 29))];
}

/// <summary>What a plain loop left: the state's fingerprint, the evaluation's loss, and each iteration's loss and gradient norm.</summary>
internal sealed record PlainEnd(string Hash, double Loss, IReadOnlyList<(double Loss, double Norm)> Steps);

/// <summary>The outcome of a tiny run.</summary>
internal sealed record Ended(
    RunStatus Status, string? Reason, long Iterations, string Hash, double? Loss, IReadOnlyList<RunEvent> Events,
    IReadOnlyList<AttackEvent> Attacks)
{
    public IEnumerable<IterationCommitted> Committed => Events.OfType<IterationCommitted>();

    public IReadOnlyList<Verdict> Verdicts =>
    [
        .. Committed.SelectMany(c => c.Verdicts),
        .. Events.OfType<IterationAbandoned>().SelectMany(a => a.Verdicts),
    ];

    public IReadOnlyList<AttackEvent> Detected =>
        [.. Attacks.Where(a => Verdicts.Any(v => new AttackEvent(v.Iteration, v.Attempt, v.Direction, v.Suspect) == a))];

    public IReadOnlyList<Verdict> FalseVerdicts =>
        [.. Verdicts.Where(v => !Attacks.Contains(new AttackEvent(v.Iteration, v.Attempt, v.Direction, v.Suspect)))];

    public static Ended Of(RunOutcome outcome, EventLog log, Adversary? adversary)
    {
        using (outcome)
        {
            var parameters = outcome.FinalState.SelectMany(b => b.Parameters).ToArray();
            return new Ended(
                outcome.Status, outcome.Reason, outcome.Iterations,
                parameters.Length == 0 ? "" : Fingerprint.State(parameters, outcome.Iterations),
                outcome.EvaluationLoss, [.. log.Events], adversary?.Events ?? []);
        }
    }
}

/// <summary>Records a run's events.</summary>
internal sealed class EventLog : IRunObserver
{
    public ConcurrentQueue<RunEvent> Events { get; } = new();

    public void Observe(RunEvent occurrence) => Events.Enqueue(occurrence);
}
