using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>A behaviour of which each part can be replaced; the others are honest.</summary>
internal sealed class ScriptedConduct : IStageBehaviour
{
    public Func<SendContext, Tensor, Tensor> OnSend { get; init; } = (_, honest) => honest;

    public Func<SendContext, bool> OnWithhold { get; init; } = _ => false;

    public Func<HeldContext, ReportedSums, ReportedSums> OnReport { get; init; } = (_, honest) => honest;

    public Action<HeldContext, IReadOnlyList<Tensor>, Action> OnUpdate { get; init; } = (_, _, honest) => honest();

    public Func<HeldContext, UInt128, UInt128> OnDigest { get; init; } = (_, honest) => honest;

    public Action<HeldContext, IReadOnlyList<Tensor>> OnGive { get; init; } = (_, _) => { };

    public Func<HeldContext, int?, Tensor, Tensor?> OnShow { get; init; } = (_, _, honest) => honest;

    /// <summary>Another tensor of the same shape and type.</summary>
    public static Tensor Other(Tensor honest) => honest.mul(2).add(1).DetachFromDisposeScope();

    public Tensor Send(SendContext context, Tensor honest) => OnSend(context, honest);

    public bool Withholds(SendContext context) => OnWithhold(context);

    public ReportedSums Report(HeldContext context, ReportedSums honest) => OnReport(context, honest);

    public void Update(HeldContext context, IReadOnlyList<Tensor> state, Action honest) => OnUpdate(context, state, honest);

    public UInt128 Digest(HeldContext context, UInt128 honest) => OnDigest(context, honest);

    public void Give(HeldContext context, IReadOnlyList<Tensor> state) => OnGive(context, state);

    public Tensor? Show(HeldContext context, int? microBatch, Tensor honest) => OnShow(context, microBatch, honest);
}
