using System.Text.Json.Nodes;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;
using PipelineRobustness.Pipeline.Verification.Detectors;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>A small run, its machines and what goes wrong. All of it is drawn from the seed; a test may set it.</summary>
public sealed record CampaignCase
{
    private const int Vocabulary = 29;
    private const int Time = 4;

    /// <summary>The seed of everything that was drawn.</summary>
    public required ulong Seed { get; init; }

    /// <summary>What to run.</summary>
    public required RunPlan Plan { get; init; }

    /// <summary>The attacks; at most one per direction.</summary>
    public IReadOnlyList<Attack> Attacks { get; init; } = [];

    /// <summary>The liars, under a referee: at most two stages of seat 0, and their next seats.</summary>
    public IReadOnlyList<Liar> Liars { get; init; } = [];

    /// <summary>Whether two holders of a block may lie alike, so that only an audit finds it.</summary>
    internal bool HasColluders => Liars.Any(liar => liar.IsCovered);

    /// <summary>Machines at the beginning.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>Stages that each has room for.</summary>
    public int Room { get; init; } = 1;

    /// <summary>How the order of messages is drawn.</summary>
    public Interleaving Interleaving { get; init; }

    /// <summary>The network between machines.</summary>
    public NetworkPlan Network { get; init; } = NetworkPlan.OneRack;

    /// <summary>What goes wrong.</summary>
    public Scenario Scenario { get; init; } = Scenario.Quiet;

    /// <summary>What is trained on.</summary>
    public RunData Data => new(
        new TrainingWindows(Tokens("train", (24 * Time) + 1), Time, Plan.MicroBatches, Plan.MicroBatchSize, Seed, 0),
        new EvaluationWindows(Tokens("validation", (5 * Time) + 1), Time, Plan.MicroBatchSize, 0));

    /// <summary>The adversary of the attacks and the liars.</summary>
    internal Adversary Adversary => new(Seed, Plan.Stages, Attacks, Liars, Plan.LearningRate);

    /// <summary>Version 0.</summary>
    public IWeightSource Weights => new SeededWeights(Plan.Model, Seed);

    /// <inheritdoc/>
    public override string ToString() =>
        $"seed {Seed}: {Plan.Stages} stages, {Plan.MicroBatches} micro-batches, {Plan.Iterations} iterations, {Plan.Defence.Rule.Name}, copies {Plan.Copies}, "
        + (Plan.Defence.Rule.IsRefereed ? $"quarantine after {Plan.Defence.QuarantineAfter}, " : "")
        + (Plan.Defence.Audit is { Any: true } audit ? $"audits of {audit.Share} and {audit.Steps}, " : "")
        + (Plan.Defence.Detector is AveragesDetector judge ? $"{judge.Name} after {judge.WarmUp} with k {judge.K}, {judge.InARow} in a row, " : "")
        + $"checkpoint every {Plan.Checkpoint.Every}, {Nodes} nodes with room for {Room}, {Network.Name}, {Interleaving}, "
        + string.Concat(Attacks.Select(attack => $"{attack.Kind} {attack.Direction} at {attack.Rate}; "))
        + string.Concat(Liars.Select(liar =>
            $"{InWords(liar)} at {liar.Rate} from iteration {liar.From} by stage {string.Join(" and ", liar.Stage)}, seat {liar.Seat}; "))
        + (Scenario.Failures.Count == 0 ? "nothing fails" : string.Join("; ", Scenario.Failures));

    /// <summary>The attack in a direction; null for none.</summary>
    internal Attack? AttackIn(Direction direction) => Attacks.FirstOrDefault(attack => attack.Direction == direction);

    /// <summary>The kind of the attack in a direction, with the direction.</summary>
    internal string Kind(Direction direction) => $"{AttackIn(direction)?.Kind} {direction.ToString().ToLowerInvariant()}";

    /// <summary>What a liar does: its kind, and in which act and over which connection where it has a choice.</summary>
    internal static string InWords(Liar liar) => liar switch
    {
        Equivocate one => $"{one.Kind} {InWords(one.Act, one.Over)}",
        Deny one => $"{one.Kind} {InWords(one.Act, one.Over)}",
        Frame one => $"{one.Kind} {AttackEvent.Word(one.Act)}",
        FalseClaim one => $"{one.Kind} {AttackEvent.Word(one.Act)}",
        Collude one => $"{one.Kind} {AttackEvent.Word(one.Act)}",
        FalseState one => $"{one.Kind} {Words.Of(one.End)}",
        Hide one => $"{one.Kind} {Words.Of(one.Shows)}",
        CoveredLiar { With: Cover.Next } one => $"{one.Kind} with the next",
        _ => liar.Kind,
    };

    private static string InWords(Act act, Connection over) => over == Connection.Jump ? $"{AttackEvent.Word(act)} jump" : AttackEvent.Word(act);

    /// <summary>A model of a few hundred parameters.</summary>
    internal static ModelConfig Tiny(int layers) => ModelConfig.FromJson(
        new JsonObject
        {
            ["model_type"] = "gpt2",
            ["vocab_size"] = Vocabulary,
            ["n_positions"] = Time,
            ["n_embd"] = 8,
            ["n_layer"] = layers,
            ["n_head"] = 2,
            ["layer_norm_epsilon"] = 1e-5,
            ["initializer_range"] = 0.1,
            ["tie_word_embeddings"] = true,
        },
        "campaign");

    /// <summary>Tokens of a sequence.</summary>
    internal static int SequenceLength => Time;

    private int[] Tokens(string purpose, int count) =>
        [.. Enumerable.Range(0, count).Select(i => SeededRandom.Below(SeededRandom.Key(Seed, purpose, i), Vocabulary))];
}
