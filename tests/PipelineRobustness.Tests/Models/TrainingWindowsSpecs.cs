using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Text;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>The windows of training and evaluation.</summary>
public sealed class TrainingWindowsSpecs
{
    [Fact]
    public void Every_window_is_used_once_per_epoch_except_an_incomplete_iteration()
    {
        Check.QuickThrowOnFailure(Prop.ForAll(Shapes(), shape =>
        {
            var (windows, time, microBatches, size, seed) = shape;
            var data = new TrainingWindows(new int[windows * time + 1], time, microBatches, size, (ulong)seed, 0);
            var used = EpochOf(data, 0, microBatches);
            return used.Distinct().Count() == used.Count
                && used.All(window => window >= 0 && window < windows)
                && used.Count == windows - windows % (microBatches * size);
        }));
    }

    [Fact]
    public void Window_order_depends_only_on_seed_and_epoch()
    {
        var data = new TrainingWindows(new int[1001], 10, 2, 5, 7, 0);
        Assert.Equal(EpochOf(data, 0, 2), EpochOf(new TrainingWindows(new int[1001], 10, 2, 5, 7, 0), 0, 2));
        Assert.NotEqual(EpochOf(data, 0, 2), EpochOf(data, 1, 2));
        Assert.NotEqual(EpochOf(data, 0, 2), EpochOf(new TrainingWindows(new int[1001], 10, 2, 5, 8, 0), 0, 2));
        Assert.Equal(EpochOf(data, 1, 2).Order(), EpochOf(data, 0, 2).Order());
    }

    [Fact]
    public void Training_resumes_in_the_same_window_order()
    {
        var data = Tiny.Windows();
        var later = Tiny.Windows(firstWindow: data.WindowsUsed(5) - 1);   // rounded up to a whole iteration
        Assert.Equal(data.WindowsOf(7, 1), later.WindowsOf(2, 1));
        Assert.Equal(data.WindowsUsed(7), later.WindowsUsed(2));
    }

    [Fact]
    public void Targets_are_inputs_shifted_by_one_token_and_windows_are_disjoint()
    {
        using var scope = NewDisposeScope();
        int[] tokens = [.. Enumerable.Range(0, 41)];
        var data = new TrainingWindows(tokens, 4, 2, 5, 7, 0);
        var seen = new List<long>();
        for (var microBatch = 0; microBatch < 2; microBatch++)
        {
            var (inputs, targets) = (data.Inputs(0, microBatch), data.Targets(0, microBatch));
            Assert.Equal([5, 4], inputs.shape);
            Assert.Equal(int64, inputs.dtype);
            Assert.Equal(inputs.data<long>().Select(id => id + 1), targets.data<long>());
            seen.AddRange(inputs.data<long>());
        }
        Assert.Equal(Enumerable.Range(0, 40).Select(id => (long)id), seen.Order());
    }

    [Fact]
    public void Window_tensors_survive_the_dispose_scope_of_the_caller()
    {
        var data = Tiny.Windows();
        var evaluation = new EvaluationWindows(Tiny.Tokens(30), 8, 2);
        Tensor[] made;
        using (NewDisposeScope())
            made = [data.Inputs(0, 0), data.Targets(0, 0), evaluation.Inputs(0), evaluation.Targets(0)];
        Assert.All(made, tensor => Assert.False(tensor.IsInvalid));
        Array.ForEach(made, tensor => tensor.Dispose());
    }

    [Fact]
    public void A_text_too_short_for_one_iteration_is_refused() =>
        Assert.Contains("found 60 tokens", Assert.Throws<BadInputException>(() => new TrainingWindows(new int[60], 10, 3, 2, 7, 0)).Message);

    [Fact]
    public void Evaluation_covers_every_target_once_with_the_short_window_alone()
    {
        Check.QuickThrowOnFailure(Prop.ForAll(Shapes(), shape =>
        {
            using var scope = NewDisposeScope();
            var (length, time, size, _, _) = shape;
            int[] tokens = [.. Enumerable.Range(0, length + 1)];
            var data = new EvaluationWindows(tokens, time, size);
            var inputs = Enumerable.Range(0, data.MicroBatches).Select(data.Inputs).ToList();
            var targets = Enumerable.Range(0, data.MicroBatches).SelectMany(i => data.Targets(i).data<long>().ToArray());
            return targets.SequenceEqual(Enumerable.Range(1, length).Select(id => (long)id))
                && data.TargetCount == length
                && inputs.SkipLast(2).All(input => input.shape[0] == size && input.shape[1] == time)
                && inputs.All(input => input.shape[1] == time || (input.shape[0] == 1 && ReferenceEquals(input, inputs[^1])));
        }));
    }

    [Fact]
    public void Evaluation_can_be_limited_to_the_first_windows()
    {
        var data = new EvaluationWindows(new int[46], 10, 3, windowsMax: 4);
        Assert.Equal((2, 40L), (data.MicroBatches, data.TargetCount));
        Assert.Equal((3, 45L), (new EvaluationWindows(new int[46], 10, 3, 5) is var all ? (all.MicroBatches, all.TargetCount) : default));
        Assert.Throws<BadInputException>(() => new EvaluationWindows(new int[1], 10, 3));
    }

    private static List<int> EpochOf(TrainingWindows data, int epoch, int microBatches) =>
        [.. from iteration in Enumerable.Range(epoch * data.IterationsPerEpoch, data.IterationsPerEpoch)
            from microBatch in Enumerable.Range(0, microBatches)
            from window in data.WindowsOf(iteration, microBatch)
            select window];

    private static Arbitrary<(int Windows, int Time, int MicroBatches, int Size, int Seed)> Shapes() => (
        from time in Gen.Choose(1, 5)
        from microBatches in Gen.Choose(1, 4)
        from size in Gen.Choose(1, 4)
        from more in Gen.Choose(0, 40)
        from seed in Gen.Choose(0, 1000)
        select (microBatches * size + more, time, microBatches, size, seed)).ToArbitrary();
}
