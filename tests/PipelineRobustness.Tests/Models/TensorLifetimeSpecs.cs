using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Training;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>Ownership of tensors, and absence of leaks.</summary>
public sealed class TensorLifetimeSpecs
{
    [Fact]
    public void Long_lived_tensors_survive_the_dispose_scope_of_the_caller()
    {
        var config = Tiny.Config();
        PlainLoop loop;
        BlockState state;
        Tensor? gradient;
        using (NewDisposeScope())
        {
            loop = Tiny.Loop(config);
            loop.Train(0);
            state = loop.Capture();
            using var cut = Tiny.Cut(config, 2);
            cut.ForwardBackward(zeros([1, 4], int64), logits => logits.sum());
            gradient = cut.Trainers[0].TakeTiedGradient();
        }
        loop.Trainer.Restore(state);
        loop.Train(1);
        Assert.Equal([ByteTokenizer.Size, config.Hidden], gradient!.shape);
        gradient.Dispose();
        state.Dispose();
        loop.Dispose();
        loop.Dispose();
    }

    [Fact]
    public void Live_tensors_do_not_increase_over_50_iterations()
    {
        using var loop = Tiny.Loop(Tiny.Config(layers: 2));
        var evaluation = new EvaluationWindows(Tiny.Tokens(30), Tiny.Time, Tiny.MicroBatchSize);
        var counts = new List<long>();
        for (var iteration = 0; iteration < 50; iteration++)
        {
            loop.Train(iteration);
            loop.Evaluate(evaluation);
            loop.Trainer.GradientDigest();
            loop.Trainer.StateDigest();
            loop.Capture().Dispose();
            counts.Add(Tensor.TotalCount);
        }
        // Finalizers of other tests' tensors may lower the count; nothing may raise it.
        Assert.All(counts.Skip(3).Zip(counts.Skip(2)), pair => Assert.True(pair.First <= pair.Second, string.Join(" ", counts)));
    }
}
