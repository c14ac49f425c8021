using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Pipeline.Verification.Detectors;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline.Detectors;

/// <summary>The detector that compares with a moving average, on synthetic values.</summary>
public sealed class AveragesDetectorSpecs
{
    private static readonly AveragesDetector Usual = new() { WarmUp = 50 };

    [Fact]
    public void A_state_is_a_function_of_what_was_seen_however_often_it_is_saved() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(20),
        Prop.ForAll(
            Gen.Choose(0, 1_000_000).ToArbitrary(), Gen.Choose(0, 60).ToArbitrary(), Gen.Choose(0, 60).ToArbitrary(),
            (seed, before, after) =>
            {
                var detector = new AveragesDetector { WarmUp = 10, Window = 20, InARow = 2 };
                var (whole, parts) = (Begin(detector), Begin(detector));
                var alike = true;
                for (var i = 0; i < before + after; i++)
                {
                    if (i == before) parts = Again(detector, parts);
                    alike &= Equals(detector.Judge(whole, Mixed(seed, i)), detector.Judge(parts, Mixed(seed, i)));
                }

                return alike && whole.Save().SequenceEqual(parts.Save()) && Again(detector, whole).Save().SequenceEqual(whole.Save());
            }));

    [Theory]
    [InlineData(100, 12)]
    [InlineData(4, 4096)]
    public void A_state_has_the_size_that_the_detector_says(int window, int width)
    {
        var detector = new AveragesDetector { Window = window };
        var state = detector.Restore(Direction.Backward, []);
        for (var i = 0; i < window + 10; i++) detector.Judge(state, SeededRandom.Normal((ulong)i, [2, width]), Direction.Backward);
        Assert.Equal(detector.StateBytes(width), state.Save().Length);
        Assert.InRange(new AveragesDetector().StateBytes(4096), 1, DetectorState.BytesMost);
    }

    [Fact]
    public void A_warm_up_accepts_all_that_is_finite()
    {
        var state = Begin(Usual);
        for (var i = 0; i < Usual.WarmUp; i++) Assert.Null(Usual.Judge(state, Mixed(1, i)));
        Assert.Equal(Usual.WarmUp, state.Accepted);
    }

    [Fact]
    public void A_sender_is_accused_after_three_values_in_a_row()
    {
        var state = Begin(Usual);
        Usual.Watch(state, seed: 1, Usual.WarmUp);
        Assert.Equal([false, false, true, true], Enumerable.Range(0, 4).Select(i => Usual.Judge(state, Flipped(1, i)) is { Distance: > 1 }));
        Assert.Null(Usual.Judge(state, Values.Honest(1, 100)));
        Assert.Equal([false, false], Enumerable.Range(0, 2).Select(i => Usual.Judge(state, Flipped(1, i)) is not null));
    }

    [Fact]
    public void A_value_that_is_found_enters_neither_average_nor_fence()
    {
        var state = Begin(Usual);
        Usual.Watch(state, seed: 2, Usual.WarmUp);
        var (average, recent, k) = (state.Average.ToArray(), state.Recent.Values.ToList(), state.K);
        for (var i = 0; i < 5; i++) Usual.Judge(state, Flipped(2, i));
        Assert.Equal(average, state.Average);
        Assert.Equal(recent, state.Recent.Values);
        Assert.True(state.K > k);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_value_that_is_not_finite_is_found_at_any_time_and_changes_nothing(float odd)
    {
        foreach (var before in (int[])[0, 1, 10, Usual.WarmUp])
        {
            var state = Begin(Usual);
            Usual.Watch(state, seed: 3, before);
            var (average, k) = (state.Average.ToArray(), state.K);
            var found = Enumerable.Range(0, 3).Select(i => Usual.Judge(state, WithOne(Values.Honest(3, i), odd))).ToList();
            Assert.Equal([null, null, new Finding(double.PositiveInfinity)], found);
            Assert.Equal((before, k), (state.Accepted, state.K));
            Assert.Equal(average, state.Average);
        }
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(1.5)]
    [InlineData(6)]
    public void A_fence_is_adapted_to_one_false_alarm_in_a_hundred(double k)
    {
        var detector = new AveragesDetector { K = k };
        var state = Begin(detector);
        var found = Enumerable.Range(0, 4000).Select(i => Finds(detector, state, Values.Honest(4, i))).ToList();
        Assert.InRange(found.Skip(2000).Count(alarm => alarm), 10, 40);
    }

    [Fact]
    public void A_shift_that_stays_is_accepted_in_the_end()
    {
        var state = Begin(Usual);
        Usual.Watch(state, seed: 5, Usual.WarmUp);
        var accused = Enumerable.Range(0, 600).Select(i => Usual.Judge(state, Flipped(5, i)) is not null).ToList();
        Assert.True(accused[2]);
        Assert.InRange(accused.LastIndexOf(true), 100, 500);
    }

    [Theory]
    [InlineData(Direction.Forward, 0.9)]
    [InlineData(Direction.Backward, 0.8)]
    public void An_average_leaves_as_much_as_its_direction_says(Direction direction, double beta)
    {
        var state = (AveragesState)Usual.Restore(direction, []);
        Usual.Judge(state, ones(1, 2, 3), direction);
        Usual.Judge(state, zeros(1, 2, 3), direction);
        Assert.All(state.Average, entry => Assert.Equal(beta, entry, 1e-7));
    }

    [Fact]
    public void Noise_without_a_mean_is_seen_by_how_rows_are_scattered()
    {
        var state = Begin(Usual);
        Usual.Watch(state, seed: 6, Usual.WarmUp);
        using var noise = Centred(Values.Honest(7, 0, scale: 3));
        var found = Enumerable.Range(0, 3).Select(i => Usual.Judge(state, Values.Honest(6, i) + noise)).ToList();
        Assert.NotNull(found[2]);
    }

    [Fact]
    public void A_value_found_alone_is_a_false_alarm_and_one_of_many_hardly_raises_k()
    {
        var (alone, many) = (Begin(Usual), Begin(Usual));
        foreach (var (state, lies) in ((AveragesState, int)[])[(alone, 1), (many, 10)])
        {
            Usual.Watch(state, seed: 11, Usual.WarmUp);
            for (var i = 0; i < lies; i++) Usual.Judge(state, Flipped(11, i));
            Usual.Judge(state, Values.Honest(11, 100));
        }

        Assert.InRange(alone.K, 1.5 * 1.09, 1.5 * 1.10);
        Assert.InRange(many.K, 1.5 * 1.07, 1.5 * 1.09);
    }

    [Fact]
    public void A_shuffled_truth_gives_recall_by_chance()
    {
        const int Passes = 150;
        const int MicroBatches = 5;
        var detector = new AveragesDetector();
        var state = Begin(detector);
        detector.Watch(state, seed: 8, detector.WarmUp);
        var truth = Enumerable.Range(0, Passes).Select(pass => SeededRandom.Below(SeededRandom.Key(8, "lie", pass), 3) == 0).ToArray();
        var found = truth.Select((lies, pass) => Enumerable.Range(1000 + (pass * MicroBatches), MicroBatches)
            .Select(i => detector.Judge(state, lies ? Flipped(8, i) : Values.Honest(8, i)) is not null).ToList().Contains(true)).ToArray();
        Assert.InRange(Recall(truth, found), 0.95, 1);
        var shuffled = truth.Index().OrderBy(one => SeededRandom.Key(9, "shuffle", one.Index)).Select(one => one.Item).ToArray();
        var share = found.Count(one => one) / (double)Passes;
        var deviation = Math.Sqrt(share * (1 - share) / truth.Count(lies => lies));
        Assert.InRange(Recall(shuffled, found), share - (3 * deviation), share + (3 * deviation));
    }

    [Fact]
    public void A_transposed_value_and_one_of_another_type_are_judged_as_their_numbers()
    {
        using var rows = Values.Honest(10, 0).squeeze(0);
        var (plain, transposed, wide) = (Begin(Usual), Begin(Usual), Begin(Usual));
        Usual.Judge(plain, rows.clone());
        Usual.Judge(transposed, rows.t().contiguous().t());
        Usual.Judge(wide, rows.to(float64));
        Assert.Equal(plain.Average, transposed.Average);
        Assert.Equal(plain.Average, wide.Average);
    }

    private static double Recall(bool[] truth, bool[] found) => (double)truth.Zip(found).Count(one => one is (true, true)) / truth.Count(lies => lies);

    private static bool Finds(AveragesDetector detector, AveragesState state, Tensor value)
    {
        detector.Judge(state, value);
        return state.InARow > 0;
    }

    private static AveragesState Begin(AveragesDetector detector) => (AveragesState)detector.Restore(Direction.Forward, []);

    private static AveragesState Again(AveragesDetector detector, AveragesState state) => (AveragesState)detector.Restore(Direction.Forward, state.Save());

    // Every fifth is a lie.
    private static Tensor Mixed(int seed, int index) => index % 5 == 4 ? Flipped((ulong)seed, index) : Values.Honest((ulong)seed, index);

    private static Tensor Flipped(ulong seed, int index)
    {
        using var honest = Values.Honest(seed, index);
        return honest * -3;
    }

    private static Tensor Centred(Tensor value)
    {
        using (value)
        {
            using var mean = value.mean([1], keepdim: true);
            return value - mean;
        }
    }

    private static Tensor WithOne(Tensor value, float odd)
    {
        value[0, 1, 2] = odd;
        return value;
    }
}
