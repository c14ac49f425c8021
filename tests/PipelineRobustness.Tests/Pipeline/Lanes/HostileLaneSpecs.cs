using System.Text;
using Microsoft.Extensions.Time.Testing;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using static PipelineRobustness.Tests.Pipeline.Lanes.LaneFrames;

namespace PipelineRobustness.Tests.Pipeline.Lanes;

/// <summary>A peer that breaks the rules is disconnected and named, and other lanes continue.</summary>
public sealed class HostileLaneSpecs : IAsyncLifetime
{
    private readonly LaneNode _good = new(A);
    private readonly FakeTimeProvider _time = new();
    private readonly LaneNode _node;
    private int _microBatch;

    public HostileLaneSpecs()
    {
        _node = new LaneNode(B, time: _time);
        _node.Rules.Expect(Plan, Term, Places);
    }

    public async ValueTask InitializeAsync() => await GoodTrafficGoesOn();

    public async ValueTask DisposeAsync()
    {
        await GoodTrafficGoesOn();
        await _good.DisposeAsync();
        await _node.DisposeAsync();
    }

    public static TheoryData<string> NoGreetings =>
        ["GET / HTTP/1.1\r\nHost: node\r\n\r\n", "PRLANES\r", "PRLANES\n\u0002\u0000", "\u0016\u0003\u0001", new string('x', 100_000)];

    [Theory]
    [MemberData(nameof(NoGreetings))]
    public async Task A_peer_that_does_not_greet_is_refused_without_an_answer(string words)
    {
        using var client = await HostileClient.ConnectAsync(_node.Address);
        await client.SayAsync(Encoding.Latin1.GetBytes(words.PadRight(60)));
        Assert.Equal(0, await client.Ended);
        Assert.Equal(client.Place, (await _node.Log.NextOffence()).Who);
    }

    [Fact]
    public async Task A_node_of_another_run_is_refused()
    {
        using var client = await HostileClient.ConnectAsync(_node.Address);
        await client.SayAsync(new Greeting(C, LanePurpose.Lane).ToBytes(Greeting.Digest("another run")));
        Assert.Equal(0, await client.Ended);
        Assert.Contains("token", (await _node.Log.NextOffence()).Rule, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a\nINFO all is well")]
    [InlineData("\u001b[2J")]
    public async Task A_name_that_would_garble_the_log_is_refused(string name)
    {
        var bytes = new Greeting(C, LanePurpose.Lane).ToBytes(Greeting.Digest(LaneNode.Token));
        bytes[11] = (byte)name.Length;
        using var client = await HostileClient.ConnectAsync(_node.Address);
        await client.SayAsync((byte[])[.. bytes[..^1], .. Encoding.UTF8.GetBytes(name)]);
        Assert.Equal(0, await client.Ended);
        Assert.Contains("a node's name", (await _node.Log.NextOffence()).Rule, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> BadFrames => new()
    {
        { "garbage", "magic number" },
        { "long header", "a frame's header has" },
        { "other shape", "a tensor has the shape" },
        { "other sender", "stage 1 is on b" },
        { "other receiver", "stage 3 is on d" },
        { "twice", "nothing is sent twice" },
    };

    [Theory]
    [MemberData(nameof(BadFrames))]
    public async Task A_member_that_breaks_a_rule_is_disconnected_and_named(string what, string rule)
    {
        using var client = await HostileClient.GreetAsync(_node.Address, C);
        var good = FrameBytes.Of(new TensorSent(
            Work(), Direction.Backward, Link.Neighbour, 0, 2, 1, Numbers(ActivationShape), false, null));
        await client.SayAsync(what switch
        {
            "garbage" => new byte[10_000],
            "long header" => [.. good[..4], .. BitConverter.GetBytes(int.MaxValue)],
            "other shape" => FrameBytes.Of(new TensorSent(
                Work(), Direction.Backward, Link.Neighbour, 0, 2, 1, Numbers([1, 1]), false, null)),
            "other sender" => FrameBytes.Of(new TensorSent(
                Work(), Direction.Forward, Link.Neighbour, 0, 1, 2, Numbers(ActivationShape), false, null)),
            "other receiver" => FrameBytes.Of(new TensorSent(
                Work(), Direction.Forward, Link.Neighbour, 0, 2, 3, Numbers(ActivationShape), false, null)),
            _ => [.. good, .. good],
        });
        var offence = await _node.Log.NextOffence();
        if (what == "twice") (await _node.Log.NextFrame()).Message.Dispose();
        Assert.StartsWith("c (", offence.Who, StringComparison.Ordinal);
        Assert.Contains(rule, offence.Rule, StringComparison.Ordinal);
        Assert.Equal(C, (await _node.Log.NextBreak()).Peer);
        await client.Ended;
    }

    [Fact]
    public async Task A_frame_cut_short_is_a_break_and_leaves_nothing()
    {
        var frame = FrameBytes.Of(new TensorSent(
            Work(), Direction.Backward, Link.Neighbour, 0, 2, 1, Numbers(ActivationShape), false, null));
        for (var length = 1; length < frame.Length; length += 97)
        {
            using (var client = await HostileClient.GreetAsync(_node.Address, C with { Incarnation = (ulong)length }))
                await client.SayAsync(frame.AsMemory(0, length));
            Assert.Equal("c", (await _node.Log.NextBreak()).Peer.Name);
        }
    }

    [Fact]
    public async Task A_peer_that_greets_too_slowly_is_disconnected()
    {
        using var silent = await HostileClient.ConnectAsync(_node.Address);
        using var slow = await HostileClient.ConnectAsync(_node.Address);
        await slow.SayAsync(new Greeting(C, LanePurpose.Lane).ToBytes(Greeting.Digest(LaneNode.Token)).AsMemory(0, 20));
        string[] who = [await Hasten(_node.Log.NextOffence()), await Hasten(_node.Log.NextOffence())];
        Assert.Equal(new[] { silent.Place, slow.Place }.Order(), who.Order());
        Assert.All(_node.Log.Offences, offence => Assert.Equal("a connection greets in time", offence.Rule));
        Assert.Equal(0, await silent.Ended + await slow.Ended);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    [InlineData(500)]
    public async Task A_frame_that_stalls_is_a_protocol_violation(int bytes)
    {
        using var client = await HostileClient.GreetAsync(_node.Address, C);
        await client.SayAsync(FrameBytes.Of(new TensorSent(
            Work(), Direction.Backward, Link.Neighbour, 0, 2, 1, Numbers(ActivationShape), false, null)).AsMemory(0, bytes));
        Assert.StartsWith("c (", await Hasten(_node.Log.NextOffence()), StringComparison.Ordinal);
        await client.Ended;
    }

    [Fact]
    public async Task A_good_peer_works_among_a_thousand_silent_connections()
    {
        var silent = new List<HostileClient>();
        for (var i = 0; i < 1000; i++) silent.Add(await HostileClient.ConnectAsync(_node.Address));
        await using var late = new LaneNode(C);
        late.Lanes.Send(_node.Address, LaneEnd.Stage, new TensorSent(
            Work(), Direction.Backward, Link.Neighbour, 0, 2, 1, Numbers(ActivationShape), false, null));
        (await _node.Log.NextFrame()).Message.Dispose();
        await GoodTrafficGoesOn();
        for (var left = 1000; left > 0; left--) await Hasten(_node.Log.NextOffence());
        Assert.Equal(silent.Select(client => client.Place).Order(), _node.Log.Offences.Select(offence => offence.Who).Order());
        foreach (var client in silent) client.Dispose();
    }

    [Fact]
    public async Task A_peer_that_reopens_its_lane_repeatedly_has_one()
    {
        for (var i = 0; i < 20; i++)
        {
            using var client = await HostileClient.GreetAsync(_node.Address, C);
            using var next = await HostileClient.GreetAsync(_node.Address, C);
            Assert.Equal((C, "the peer opened another"), await _node.Log.NextBreak());
            await client.Ended;
            next.Dispose();
            Assert.Equal(C, (await _node.Log.NextBreak()).Peer);
        }
    }

    private async Task<string> Hasten(Task<(string Who, string Rule)> offence)
    {
        while (!offence.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        return (await offence).Who;
    }

    private async Task GoodTrafficGoesOn()
    {
        _good.Lanes.Send(_node.Address, LaneEnd.Stage, Activation(_microBatch++));
        using var came = (await _node.Log.NextFrame()).Message;
        Assert.Equal(_microBatch - 1, Assert.IsType<TensorSent>(came).MicroBatch);
    }
}
