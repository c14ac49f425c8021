using System.Text;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Schedules;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Pipeline.Verification.Detectors;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>A schedule's programs, apart from any actor.</summary>
public sealed class ScheduleSpecs
{
    [Fact]
    public void GPipe_goes_forward_and_backward_in_ascending_order()
    {
        const string picture = """
            0123....0123
            .0123..0123.
            ..01230123..

            """;
        Assert.Equal(picture, Draw(3, 4));
    }

    [Theory]
    [InlineData(3, 4)]
    [InlineData(4, 16)]
    [InlineData(1, 8)]
    public void The_bubble_is_what_the_picture_leaves_empty(int stages, int microBatches)
    {
        var picture = Draw(stages, microBatches).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var idle = (double)picture.Sum(line => line.Count(cell => cell == '.')) / picture.Sum(line => line.Length);
        Assert.Equal(idle, GPipe.Instance.BubbleFraction(stages, microBatches), 12);
    }

    [Fact]
    public void A_copy_of_the_block_before_is_computed_around_the_own_block()
    {
        var share = new StageShare(2, 4, 2, Copied: 1, ChecksGradients: true);
        Assert.Equal("C0 F0 C1 F1 G0 B0 c0 G1 B1 c1", Program(share));
        Assert.Equal("C0 F0 C1 F1 | G0 B0 c0 G1 B1 c1", Program(share with { IsGated = true }));
    }

    [Fact]
    public void The_first_stage_computes_the_last_block_s_copy_between_its_passes() =>
        Assert.Equal("F0 F1 C0 C1 | c0 c1 G0 B0 G1 B1", Program(new StageShare(0, 4, 2, Copied: 3, ChecksGradients: true, IsGated: true)));

    [Fact]
    public void Activations_are_checked_before_they_are_used_where_the_detector_needs_no_copy() =>
        Assert.Equal("A0 F0 A1 F1 B0 B1", Program(new StageShare(3, 4, 2, ChecksActivations: true)));

    [Fact]
    public void The_share_of_a_stage_follows_from_the_detector()
    {
        var ring = new PassPlan(4, CopyPlacement.Ring, []);
        var bare = new PassPlan(4, CopyPlacement.None, []);
        var copies = new CopyDetector();
        Assert.Equal(new StageShare(2, 4, 5, Copied: 1, ChecksGradients: true), StageShare.Of(ring, 2, 5, copies, isGated: false));
        Assert.Equal(new StageShare(2, 4, 5, Copied: 1), StageShare.Of(ring, 2, 5, null, isGated: false));
        Assert.Equal(new StageShare(2, 4, 5), StageShare.Of(bare, 2, 5, copies, isGated: false));
        Assert.Equal(
            new StageShare(2, 4, 5, ChecksActivations: true, ChecksGradients: true, IsGated: true),
            StageShare.Of(bare, 2, 5, new NeedingNothing(), isGated: true));
    }

    private static string Program(StageShare share) => string.Join(' ', GPipe.Instance.Program(share).Select(task => task.Kind switch
    {
        StageTaskKind.CopyForward => $"C{task.MicroBatch}",
        StageTaskKind.CheckForward => $"A{task.MicroBatch}",
        StageTaskKind.Forward => $"F{task.MicroBatch}",
        StageTaskKind.CheckBackward => $"G{task.MicroBatch}",
        StageTaskKind.Backward => $"B{task.MicroBatch}",
        StageTaskKind.CopyBackward => $"c{task.MicroBatch}",
        _ => "|",
    }));

    // Every task takes a cycle, and begins in the first one in which its input is there.
    private static string Draw(int stages, int microBatches)
    {
        var programs = Enumerable.Range(0, stages).Select(s => new Queue<StageTask>(GPipe.Instance.Program(new StageShare(s, stages, microBatches)))).ToArray();
        var done = new HashSet<(int Stage, StageTask Task)>();
        var picture = programs.Select(_ => new StringBuilder()).ToArray();
        while (programs.Any(program => program.Count > 0))
        {
            var now = Enumerable.Range(0, stages).Where(s => programs[s].TryPeek(out var task) && IsReady(s, task)).ToArray();
            for (var stage = 0; stage < stages; stage++) picture[stage].Append(now.Contains(stage) ? (char)('0' + programs[stage].Peek().MicroBatch) : '.');
            foreach (var stage in now) done.Add((stage, programs[stage].Dequeue()));
        }

        return string.Concat(picture.Select(line => $"{line}\n"));

        bool IsReady(int stage, StageTask task)
        {
            var from = task.Direction == Direction.Forward ? stage - 1 : stage + 1;
            return from < 0 || from == stages || done.Contains((from, task));
        }
    }

    private sealed class NeedingNothing : IDetector
    {
        public string Name => "nothing";

        public bool NeedsCopy => false;

        public IDetectorState Restore(Direction direction, ReadOnlySpan<byte> saved) => NoDetectorState.Instance;

        public Finding? Inspect(in Observation observation, IDetectorState state) => null;
    }
}
