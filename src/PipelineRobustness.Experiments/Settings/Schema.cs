using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>
/// Type and range of every setting. The names and defaults are those of <c>reference.conf</c>; a test holds the two
/// together.
/// </summary>
public static class Schema
{
    /// <summary>The key under which an experiment lists its runs.</summary>
    public const string Runs = "runs";

    /// <summary>The key under which an experiment says lists of values, whose combinations are runs.</summary>
    public const string Grid = "grid";

    /// <summary>The lists of attacks, by their key.</summary>
    public static IReadOnlyList<string> AttackLists { get; } = ["attack.forward", "attack.backward"];

    /// <summary>The list of the nodes that a node asks to let it in.</summary>
    public const string SeedNodes = "cluster.seed-nodes";

    /// <summary>What a run may say besides settings.</summary>
    public static IReadOnlyList<string> RunNames { get; } = ["name", "from"];

    /// <summary>Every plain setting, by its full path.</summary>
    public static IReadOnlyDictionary<string, SettingKind> Plain { get; } = new Dictionary<string, SettingKind>
    {
        ["seed"] = new SeedNumber(),
        ["model.preset"] = new OneOf(KnownNames.Presets),
        ["model.path"] = new PathText(),
        ["model.tokenizer"] = new PathText(),
        ["model.layers"] = new WholeNumber(0, 100_000),
        ["model.numerics"] = new OneOf(["torch", "shapes"]),
        ["pipeline.stages"] = new WholeNumber(1, 1_000),
        ["pipeline.intra-op-threads"] = new WholeNumber(1, 256),
        ["pipeline.wait-report"] = new Duration(),
        ["pipeline.give-up-after"] = new Duration(),
        ["training.iterations"] = new WholeNumber(0, 1_000_000_000),
        ["training.micro-batches"] = new WholeNumber(1, 100_000),
        ["training.micro-batch-size"] = new WholeNumber(1, 100_000),
        ["training.sequence-length"] = new WholeNumber(1, 1_000_000),
        ["training.recompute"] = new Flag(),
        ["training.learning-rate"] = new RealNumber(0, double.PositiveInfinity),
        ["training.warm-up"] = new WholeNumber(0, 1_000_000_000),
        ["training.weight-decay"] = new RealNumber(0, double.PositiveInfinity),
        ["training.beta1"] = new RealNumber(0, 1, Below: true),
        ["training.beta2"] = new RealNumber(0, 1, Below: true),
        ["training.epsilon"] = new RealNumber(0, double.PositiveInfinity, Above: true),
        ["training.clip-norm"] = new RealNumber(0, double.PositiveInfinity),
        ["training.clip"] = new OneOf(["global", "per-stage"]),
        ["data.corpus"] = new OneOf(KnownNames.Corpora),
        ["data.path"] = new PathText(),
        ["data.folder"] = new PathText(),
        ["data.field"] = new AnyText("the name of a field, or nothing"),
        ["data.detokenise"] = new Flag(),
        ["data.evaluation-corpus"] = new OneOfOrNone(KnownNames.Corpora),
        ["data.validation-share"] = new RealNumber(0, 1, Above: true, Below: true),
        ["evaluation.every"] = new WholeNumber(0, 1_000_000_000),
        ["evaluation.windows"] = new WholeNumber(0, 1_000_000_000),
        ["defence.remedy"] = new OneOf(KnownNames.Remedies),
        ["defence.copies"] = new OneOf(["auto", "none", "middle", "ring"]),
        ["defence.tolerance"] = new RealNumber(0, 1, Below: true),
        ["defence.attempts"] = new WholeNumber(1, 1_000_000),
        ["pipeline.placement"] = PatternText.NodesOrNone,
        ["recovery.retries"] = new WholeNumber(0, 1_000_000),
        ["recovery.retry-after"] = new Duration(),
        ["recovery.state-timeout"] = new Duration(),
        ["recovery.room-timeout"] = new Duration(),
        ["checkpoint.every"] = new WholeNumber(0, 1_000_000_000),
        ["checkpoint.within"] = new Duration(OrNone: true),
        ["checkpoint.keep"] = new WholeNumber(1, 1_000),
        ["output.keep-models"] = new OneOf(["all", "parents"]),
        ["output.checkpoints"] = new OneOf(["until-done", "keep"]),
        ["scenario"] = new PathText(),
        ["simulation.network"] = PatternText.NetworkOrFile,
        ["simulation.nodes"] = new WholeNumber(0, 100_000),
        ["simulation.flops"] = new RealNumber(0, double.PositiveInfinity, Above: true),
        ["simulation.detection.death"] = new Duration(),
        ["simulation.detection.silence"] = new Duration(),
        ["simulation.detection.take-over"] = new Duration(),
        ["campaign.kinds"] = PatternText.FailuresOrNone,
        ["campaign.failures-most"] = new WholeNumber(0, 100),
        ["cluster.host"] = PatternText.Host,
        ["cluster.port"] = new WholeNumber(0, 65_535),
        ["cluster.lane-port"] = new WholeNumber(0, 65_535),
        ["cluster.name"] = PatternText.NodeNameOrNone,
        ["cluster.nodes"] = new WholeNumber(1, 1_000),
        ["cluster.stages"] = new WholeNumber(0, 1_000),
        ["cluster.join-within"] = new Duration(),
        ["cluster.device"] = PatternText.Device,
        ["cluster.niceness"] = new WholeNumber(0, 19),
        ["cluster.insecure"] = new Flag(),
        ["cluster.tls.ca"] = new PathText(),
        ["cluster.tls.certificate"] = new PathText(),
        ["cluster.tls.key"] = new PathText(),
    };

    /// <summary>What each entry of an attack list consists of.</summary>
    public static IReadOnlyDictionary<string, SettingKind> Attack(string list) => new Dictionary<string, SettingKind>
    {
        ["kind"] = new OneOf(KnownNames.Attacks(list == "attack.forward" ? Direction.Forward : Direction.Backward)),
        ["rate"] = new RealNumber(0, 1),
        ["stage"] = new WholeNumber(1, 1_000),
    };

    /// <summary>The kind of a setting by its full path, that of an attack's parts included; null where there is none.</summary>
    public static SettingKind? Kind(string path)
    {
        var list = AttackLists.FirstOrDefault(l => path.StartsWith(l + ".", StringComparison.Ordinal));
        return list is null ? Plain.GetValueOrDefault(path) : Attack(list).GetValueOrDefault(path[(list.Length + 1)..]);
    }

    /// <summary>Every key that may be written at the top of a file, or in a run.</summary>
    public static IEnumerable<string> Keys(bool inRun) => inRun
        ? [.. Plain.Keys.Where(key => !IsOfTheTop(key)), .. AttackLists, .. RunNames]
        : [.. Plain.Keys, SeedNodes, .. AttackLists, Runs, Grid];

    /// <summary>The same, and the sections that they stand in.</summary>
    public static IEnumerable<string> Names(bool inRun) =>
        Keys(inRun).Concat(Keys(inRun).SelectMany(key => key.Index().Where(c => c.Item == '.').Select(c => key[..c.Index]))).Distinct();

    /// <summary>Sections of a file's top: where a node is, or what a campaign draws, no run can say.</summary>
    public static IReadOnlyList<string> OfTheTop { get; } = [ClusterSettings.Section, CampaignRules.Section];

    /// <summary>Whether <paramref name="path"/> is of such a section.</summary>
    public static bool IsOfTheTop(string path) => OfTheTop.Any(section => path == section || path.StartsWith(section + ".", StringComparison.Ordinal));

    /// <summary>Whether <paramref name="path"/> names a section such as <c>training</c>.</summary>
    public static bool IsSection(string path) =>
        Plain.Keys.Concat(AttackLists).Any(k => k.StartsWith(path + ".", StringComparison.Ordinal));
}
