using PipelineRobustness.Adversity;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>Turns a run's effective settings, already checked value by value, into their types.</summary>
internal sealed class RunReading
{
    private readonly SettingSection _settings;

    private RunReading(SettingSection settings) => _settings = settings;

    /// <summary>Reads one run.</summary>
    /// <exception cref="BadInputException">An attack has no kind or no rate.</exception>
    public static RunSettings Read(string name, string? from, SettingSection effective)
    {
        var reading = new RunReading(effective);
        return new RunSettings(
            name,
            from,
            (ulong)reading.Value("seed"),
            reading.Model(),
            reading.Pipeline(),
            reading.Training(),
            reading.Data(),
            new EvaluationSettings(reading.Whole("evaluation.every"), reading.Count("evaluation.windows")),
            new AttackSettings(reading.Attacks("attack.forward"), reading.Attacks("attack.backward")),
            reading.Defence(),
            reading.Recovery(),
            new CheckpointSettings(reading.Whole("checkpoint.every"), reading.Time("checkpoint.within"), reading.Count("checkpoint.keep")),
            new OutputSettings(reading.Name("output.keep-models") == "all", reading.Name("output.checkpoints") == "keep"),
            reading.TextOrNull("scenario"),
            reading.Simulation(),
            effective);
    }

    private ModelSettings Model() => new(Name("model.preset"), TextOrNull("model.path"), TextOrNull("model.tokenizer"))
    {
        Layers = Count("model.layers") is > 0 and var layers ? layers : null,
        Numerics = Name("model.numerics") == "shapes" ? Numerics.Shapes : Numerics.Torch,
    };

    private PipelineSettings Pipeline() => new(
        Count("pipeline.stages"),
        Count("pipeline.intra-op-threads"),
        Time("pipeline.wait-report"),
        Time("pipeline.give-up-after"),
        Name("pipeline.placement").Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private RecoverySettings Recovery() => new(
        Count("recovery.retries"),
        Time("recovery.retry-after"),
        Time("recovery.state-timeout"),
        Time("recovery.room-timeout"));

    private TrainingSettings Training() => new(
        Whole("training.iterations"),
        Count("training.micro-batches"),
        Count("training.micro-batch-size"),
        Count("training.sequence-length"),
        (bool)Value("training.recompute"),
        Real("training.learning-rate"),
        Whole("training.warm-up"),
        Real("training.weight-decay"),
        Real("training.beta1"),
        Real("training.beta2"),
        Real("training.epsilon"),
        Real("training.clip-norm"),
        Name("training.clip") == "global" ? ClipScope.Global : ClipScope.PerStage);

    private DataSettings Data() => new(Name("data.corpus"), TextOrNull("data.path"), Real("data.validation-share"))
    {
        Folder = TextOrNull("data.folder"),
        Field = TextOrNull("data.field"),
        Detokenise = (bool)Value("data.detokenise"),
        EvaluationCorpus = TextOrNull("data.evaluation-corpus"),
    };

    private DefenceSettings Defence()
    {
        var remedy = Name("defence.remedy");
        var copies = Name("defence.copies") switch
        {
            "none" => CopyPlacement.None,
            "middle" => CopyPlacement.Middle,
            "ring" => CopyPlacement.Ring,
            _ => remedy == DefenceSettings.Off ? CopyPlacement.None : CopyPlacement.Middle,
        };
        return new DefenceSettings(remedy, copies, Real("defence.tolerance"), Count("defence.attempts"));
    }

    private SimulationSettings Simulation() => new(
        Name("simulation.network"), Count("simulation.nodes") is > 0 and var nodes ? nodes : null, Real("simulation.flops"),
        new DetectionTimes(Time("simulation.detection.death"), Time("simulation.detection.silence"), Time("simulation.detection.take-over")));

    private List<AttackPlan> Attacks(string list) =>
        [.. LayerCheck.Entries(_settings.Find(list)!).Select(e => Attack(list, (SettingSection)e))];

    private static AttackPlan Attack(string list, SettingSection entry)
    {
        var known = Schema.Attack(list);
        object? Value(string name) => entry.Find(name) is SettingText text ? known[name].Read(text.Text) : null;
        object Needed(string name) => Value(name)
            ?? throw new BadInputException($"{entry.Origin}: {list}.{name}: expected {known[name].Expected}, found none");
        return new AttackPlan((string)Needed("kind"), (double)Needed("rate"), (int?)(long?)Value("stage"));
    }

    private string? TextOrNull(string path) => Name(path) is { Length: > 0 } text ? text : null;

    private string Name(string path) => (string)Value(path);

    private double Real(string path) => (double)Value(path);

    private long Whole(string path) => (long)Value(path);

    private TimeSpan Time(string path) => (TimeSpan)Value(path);

    private int Count(string path) => (int)Whole(path);

    private object Value(string path) => Schema.Plain[path].Read(((SettingText)_settings.Find(path)!).Text)!;
}
