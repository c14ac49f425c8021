using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Decoder;

/// <summary>
/// Position information for attention when positions are not embedded: ALiBi's mask, or the cosines and sines of rotary
/// positions. Computed once per length and shared by a block's layers; only the latest length's tables are kept.
/// </summary>
internal sealed class PositionTables(ModelConfig config) : IDisposable
{
    private long _time;
    private Tensor? _bias;
    private (Tensor Cosine, Tensor Sine)? _rotation;

    /// <summary>The term added to the scores, causal mask included: [1, heads, time, time]; null if there is only the mask.</summary>
    public Tensor? Bias => _bias;

    /// <summary>The cosines and sines of each position's angles, [time, head width]; null if nothing is rotated.</summary>
    public (Tensor Cosine, Tensor Sine)? Rotation => _rotation;

    /// <summary>Prepares the tables for a sequence length.</summary>
    public void Prepare(long time, Device device)
    {
        if (time == _time || config.PositionKind == PositionKind.Learned) return;
        Dispose();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        if (config.PositionKind == PositionKind.LinearBias)
            _bias = LinearBias(config.Heads, time).to(device).DetachFromDisposeScope();
        else
            _rotation = Rotations(config, time, device);
        _time = time;
    }

    public void Dispose()
    {
        _bias?.Dispose();
        _rotation?.Cosine.Dispose();
        _rotation?.Sine.Dispose();
        (_time, _bias, _rotation) = (0, null, null);
    }

    /// <summary>
    /// ALiBi's slopes: for n heads, n a power of two, 2^(-8 i / n), i = 1..n; for other numbers, those of the next
    /// lower power of two, followed by every second one of the next higher power (Hugging Face's
    /// <c>build_alibi_tensor</c>).
    /// </summary>
    internal static float[] Slopes(int heads)
    {
        var power = 1 << (int)Math.Log2(heads);
        static IEnumerable<double> Of(int count) => Enumerable.Range(1, count).Select(i => Math.Pow(2, -8.0 * i / count));
        var between = Of(2 * power).Where((_, index) => index % 2 == 0);
        return [.. Of(power).Concat(between).Take(heads).Select(slope => (float)slope)];
    }

    /// <summary>Slope times the key's position, since softmax depends only on differences within a row. Later keys are masked.</summary>
    private static Tensor LinearBias(int heads, long time)
    {
        var slopes = tensor(Slopes(heads)).view(1, heads, 1, 1);
        var keys = ScalarOperations.Range(time).view(1, 1, 1, time);
        var future = ones([time, time], @bool).triu(1);
        return (slopes * keys).expand(1, heads, time, time).FilledWhere(future, double.NegativeInfinity);
    }

    /// <summary>
    /// The angle of pair i at position t is t / base^(2 i / width), where no scaling changes it; both halves of a head are
    /// rotated by the same angles.
    /// </summary>
    private static (Tensor Cosine, Tensor Sine) Rotations(ModelConfig config, long time, Device device)
    {
        var exponents = ScalarOperations.Range(config.HeadWidth, step: 2).DividedBy(config.HeadWidth);
        var rotaryBase = config.RotaryScaling?.Base(config, time) ?? config.RotaryBase;
        var frequencies = pow(tensor((float)rotaryBase), exponents).reciprocal();
        if (config.RotaryScaling is { } scaling)
            frequencies = tensor(frequencies.data<float>().Select(frequency => (float)scaling.Scaled(frequency)).ToArray());
        var angles = ScalarOperations.Range(time).unsqueeze(1) * frequencies.unsqueeze(0);
        var both = cat([angles, angles], -1);
        return (both.cos().to(device).DetachFromDisposeScope(), both.sin().to(device).DetachFromDisposeScope());
    }
}
