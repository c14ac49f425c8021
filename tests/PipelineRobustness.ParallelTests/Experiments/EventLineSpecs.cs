using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Lines of the event log that are for people alone.</summary>
public sealed class EventLineSpecs
{
    [Fact]
    public void A_node_that_is_left_out_has_a_line_that_no_result_depends_on()
    {
        var line = Assert.Single(EventLine.Of(new NodeLeftOut(new NodeId("node-2", 8), 0xab, 7)));
        Assert.Equal(
            """{"event":"left-out","node":"node-2","fingerprint":"000000000000000000000000000000ab","expected":"00000000000000000000000000000007"}""",
            line.ToJsonString());
        Assert.Null(EventLine.Read(line, [], []));
        Assert.False(EventLine.IsAfter(line.ToJsonString(), 0));
    }
}
