using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Schedules;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Pipeline.Stages.ShapeOnly;

/// <summary>What a stage does and sends in every pass of a run without tensors; computed once.</summary>
internal sealed class ShapeOnlyShare
{
    private const long ScalarBytes = sizeof(float);

    private readonly StageSetup _setup;
    private readonly PassPlan _plan;
    private readonly TiedRoute _tied;
    private readonly long _activation;
    private readonly long _tiedMatrix;
    private readonly string?[] _missing;

    public ShapeOnlyShare(StageSetup setup, int stage)
    {
        var plan = setup.Plan;
        _setup = setup;
        _plan = setup.WholePass;
        Stage = stage;
        _activation = (long)plan.MicroBatchSize * plan.SequenceLength * plan.Model.Hidden * sizeof(float);
        _tiedMatrix = (long)plan.Model.VocabularySize * plan.Model.EmbeddingWidth * sizeof(float);
        Copied = _plan.CopyComputedBy(stage);
        Tasks = [.. plan.Schedule.Program(StageShare.Of(_plan, stage, plan.MicroBatches, detector: null, isGated: false))];
        _missing = new string?[Tasks.Length + 1];
        _tied = new TiedRoute(_plan, stage, plan);
    }

    public int Stage { get; }

    public int MicroBatches => _setup.Plan.MicroBatches;

    public IStageBehaviour Behaviour => _setup.Ports.Behaviour;

    /// <summary>The block whose copy it computes.</summary>
    public int? Copied { get; }

    /// <summary>Its steps, in order, before it prepares.</summary>
    public StageTask[] Tasks { get; }

    /// <summary>Whether it needs the other end's gradient of the tied matrix before it has summed its own.</summary>
    public bool WaitsForTied => _tied.Waits;

    public bool IsFirst => Stage == 0;

    public bool IsLast => Stage == _setup.Plan.Stages - 1;

    /// <summary>Whether the copy's input comes over the jumping connection.</summary>
    public bool AwaitsJump => _plan.JumpSource(Stage) is not null;

    /// <summary>A step in words: a task, or what follows the last task.</summary>
    public string Step(int step) => step < Tasks.Length ? Tasks[step].ToString() : "sum with the tied matrix's other gradient";

    /// <summary>What a step waits for, as text that is reported often and built once.</summary>
    public string Missing(int step) => _missing[step] ??= $"what is sent for the {Step(step)}";

    /// <summary>Sends a task's results.</summary>
    public void Send(StageTask task, StepId work, IStageOutlet outlet)
    {
        if (task.Kind == StageTaskKind.Forward && IsLast)
        {
            To(_plan.CopyHolderOf(Stage), Direction.Forward, Link.Neighbour, ScalarBytes);
        }
        else if (task.Kind == StageTaskKind.Forward)
        {
            To(_plan.Successor(Stage), Direction.Forward, Link.Neighbour, _activation);
            To(_plan.JumpPartner(Stage), Direction.Forward, Link.Jump, _activation);
        }
        else if (task.Kind == StageTaskKind.Backward)
        {
            To(_plan.Predecessor(Stage), Direction.Backward, Link.Neighbour, _activation);
        }

        void To(int? to, Direction direction, Link link, long bytes)
        {
            if (to is { } receiver) outlet.Send(new SizeSent(work, direction, link, task.MicroBatch, Stage, receiver, bytes));
        }
    }

    /// <summary>Sends the gradient of the tied matrix to every holder of the other end's block; after the last backward.</summary>
    public void SendTied(StepId work, IStageOutlet outlet)
    {
        foreach (var to in _tied.Receivers)
            outlet.Send(new SizeSent(work, Direction.Backward, Link.Tied, 0, Stage, to, _tiedMatrix));
    }
}
