using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Stages;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Pipeline.Running;

/// <summary>
/// Who plays the parts of a run. Tests of the oracles that judge runs put somebody with a defect in a real one's place;
/// nobody else does.
/// </summary>
internal class Cast
{
    /// <summary>The real ones.</summary>
    public static Cast Real { get; } = new();

    public virtual Props Server(
        RunKey run, StageSetup setup, NodeId here, IActorRef membership, IRunObserver observer, Action<RunOutcome> end) =>
        Props.Create(() => new CentralServer(run, setup, here, membership, observer, end));

    public virtual Props Stage(PlaceStage order, NodeId node, StageSetup setup) => Props.Create(() => new Stage(order, node, setup));

    public virtual Props Detector(int stage, IActorRef server, RunPlan plan, Action begin) =>
        Props.Create(() => new Detector(stage, server, plan, begin));

    public virtual TrainingPass Pass(BeginPass begin, int stage, StageSetup setup, BlockRunner own, BlockRunner? copy, IStageOutlet outlet) =>
        new(begin, stage, setup, own, copy, outlet);

    public virtual PassLedger Ledger(PassPlan plan, PassKind kind, IDetector? detector) => new(plan, kind, detector);

    public virtual IterationLedger Ledger(long iteration, int stages) => new(iteration, stages);
}
