using System.Globalization;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>A stage whose weights drift towards those of another run, while it lies about no tensor.</summary>
public sealed class BackdoorSpecs : IDisposable
{
    private const int Stage = 2;

    private static readonly Rig Clean = new() { Layers = 4, Iterations = 5 };

    private readonly Changed _changes = new();

    private Rig Attacked => Clean with
    {
        Changes = _changes,
        Liars = [new Backdoor { Of = "offline", Stage = [$"{Stage}"], By = 0.5, Every = 2, Until = 4 }],
    };

    public void Dispose() => _changes.Dispose();

    [Theory]
    [InlineData("off", CopyPlacement.None)]
    [InlineData("off", CopyPlacement.Ring)]
    [InlineData("observe", CopyPlacement.Middle)]
    public void A_part_is_added_with_the_step_where_no_second_holder_counts(string remedy, CopyPlacement copies)
    {
        var run = (Attacked with { Remedy = remedy, Copies = copies }).Run();
        Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
        Assert.Equal(PlainLoop(), run.Hash);
        Assert.Equal([new(0, 0, Act.Step, Stage), new AttackEvent(2, 0, Act.Step, Stage)], run.Attacks);
    }

    [Theory]
    [InlineData("substitute", CopyPlacement.Middle)]
    [InlineData("substitute", CopyPlacement.Ring)]
    [InlineData("restart", CopyPlacement.Middle)]
    public void The_first_pass_shows_changed_weights_and_they_are_rebuilt_from_the_copy(string remedy, CopyPlacement copies)
    {
        var run = (Attacked with { Remedy = remedy, Copies = copies }).Run();
        Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
        Assert.Equal(Clean.PlainLoop().Hash, run.Hash);
        Assert.Equal([new(1, 0, Act.Weights, Stage), new AttackEvent(3, 0, Act.Weights, Stage)], run.Attacks);
        Assert.Equal(["", "2", "", "2", ""], run.Committed.Select(c => string.Join(',', c.Refetched)));
        var rebuilt = run.Committed.SelectMany(c => c.Refetched.Select(block => (c.Iteration, block)));
        Assert.Equal(new VerdictTally(2, 2, 0), VerdictTally.Of(run.Attacks, run.Verdicts, rebuilt));
    }

    [Fact]
    public void A_referee_convicts_it_in_the_first_pass_and_its_seat_is_honest_afterwards()
    {
        var run = (Attacked with { Remedy = "referee", Copies = CopyPlacement.Ring }).Simulate(3, nodes: 6);
        Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
        Assert.Equal(Clean.PlainLoop().Hash, run.Hash);
        Assert.Equal([new AttackEvent(1, 0, Act.Weights, Stage)], run.Attacks);
        var rulings = run.Committed.SelectMany(c => c.Rulings).ToList();
        Assert.Equal([(1, 0, Stage)], rulings.Select(ruling => (ruling.Iteration, ruling.Attempt, ruling.Convicted!.Stage)));
        Assert.Equal(new ConvictionTally(1, 1, 0, 0, 0, 1, 0), ConvictionTally.Of(run.Attacks, rulings));
    }

    /// <summary>The limit of two holders: what both come to is committed.</summary>
    [Fact]
    public void With_the_holder_of_its_copy_it_is_missed()
    {
        var covered = Attacked with { Remedy = "referee", Copies = CopyPlacement.Ring };
        var run = (covered with { Liars = [(Backdoor)covered.Liars[0] with { With = Cover.Next }] }).Simulate(3, nodes: 6);
        Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
        Assert.Equal(PlainLoop(), run.Hash);
        Assert.Empty(run.Committed.SelectMany(c => c.Rulings));
    }

    // A plain loop in which the change is added after the same steps.
    private string PlainLoop()
    {
        var (rig, data) = (Clean, Clean.Data);
        using var loop = new PlainLoop(
            rig.Model, rig.Weights, rig.Plan.Training.Optimizer, rig.Plan.LearningRate, rig.Plan.Training.ClipNorm, data.Training, rig.MicroBatches);
        var names = _changes.Change("offline", Stage);
        for (var iteration = 0L; iteration < rig.Iterations; iteration++)
        {
            loop.Train(iteration);
            if (iteration is not (0 or 2)) continue;
            using var untracked = no_grad();
            var weights = loop.Trainer.Block.Parameters.Where(parameter => parameter.Name.Contains(
                string.Create(CultureInfo.InvariantCulture, $".h.{Stage}."), StringComparison.Ordinal));
            foreach (var (parameter, change) in weights.Zip(names)) parameter.Value.PlusInPlace(change.Times(0.5));
        }

        using var state = loop.Capture();
        return Fingerprint.State(state.Parameters, rig.Iterations);
    }

    // The weights of another seed, less those of this one.
    private sealed class Changed : IWeightChanges, IDisposable
    {
        private readonly IReadOnlyList<Tensor> _change = WeightChange.Of(
            Clean.Model, Cut.Balanced(Clean.Model, Clean.Stages)[Stage], Clean.Weights, new SeededWeights(Clean.Model, 99));

        public IReadOnlyList<Tensor> Change(string run, int block)
        {
            Assert.Equal(("offline", Stage), (run, block));
            return _change;
        }

        public void Dispose()
        {
            foreach (var tensor in _change) tensor.Dispose();
        }
    }
}
