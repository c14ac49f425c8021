using PipelineRobustness.Models.Weights;
using TorchSharp;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>
/// The weights a run starts with, looked for when they are first asked for: a stage that begins with a checkpoint, or with
/// what another sends it, does without them.
/// </summary>
internal sealed class DeferredWeights(PreparedRun run, string? parentFolder) : IWeightSource, IDisposable
{
    private readonly Lazy<IWeightSource> _source = new(() => RunParts.Weights(run, parentFolder));

    /// <inheritdoc/>
    public string Identity => _source.Value.Identity;

    /// <inheritdoc/>
    public void Fill(string name, torch.Tensor parameter) => _source.Value.Fill(name, parameter);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_source.IsValueCreated)
            (_source.Value as IDisposable)?.Dispose();
    }
}
