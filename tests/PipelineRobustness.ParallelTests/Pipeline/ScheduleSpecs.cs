using System.Text;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Schedules;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>The schedule is a pure function; its tests are its picture.</summary>
public sealed class ScheduleSpecs
{
    [Fact]
    public void Gpipe_works_forward_and_backward_in_ascending_order()
    {
        const string picture = """
            0123....0123
            .0123..0123.
            ..01230123..

            """;
        Assert.Equal(picture, Draw(3, 4));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 2)]
    [InlineData(5, 16)]
    public void Every_stage_works_every_micro_batch_once_each_way(int stages, int microBatches)
    {
        var works = GPipe.Cycles(stages, microBatches).SelectMany(c => c).ToArray();
        Assert.Equal(2 * stages * microBatches, works.Length);
        Assert.Equal(works.Length, works.Distinct().Count());
        for (var stage = 0; stage < stages; stage++)
        {
            var forward = works.Where(w => w.Stage == stage && w.Direction == Direction.Forward);
            Assert.Equal(GPipe.Order(stage, Direction.Forward, microBatches), forward);
        }
    }

    [Theory]
    [InlineData(3, 4)]
    [InlineData(4, 16)]
    [InlineData(1, 8)]
    public void The_bubble_is_what_the_picture_leaves_empty(int stages, int microBatches)
    {
        var cycles = GPipe.Cycles(stages, microBatches).ToArray();
        var idle = 1 - ((double)cycles.Sum(c => c.Count) / (cycles.Length * stages));
        Assert.Equal(idle, GPipe.BubbleFraction(stages, microBatches), 12);
    }

    private static string Draw(int stages, int microBatches)
    {
        var cycles = GPipe.Cycles(stages, microBatches).ToArray();
        var picture = new StringBuilder();
        for (var stage = 0; stage < stages; stage++)
        {
            foreach (var cycle in cycles)
                picture.Append(cycle.Where(w => w.Stage == stage).Select(w => (char)('0' + w.MicroBatch)).DefaultIfEmpty('.').Single());
            picture.Append('\n');
        }

        return picture.ToString();
    }
}
