using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Benchmarks;

namespace PipelineRobustness.Tests.Pipeline.Lanes;

/// <summary>Any bytes at all: taken, refused or cut short, and nothing else; <c>fuzz-frames</c> does it for hours.</summary>
public sealed class FrameFuzzSpecs
{
    private static readonly Config Often = Config.QuickThrowOnFailure.WithMaxTest(2000);

    private readonly HostileFrames _frames = new();

    [Fact]
    public void Tampered_frames_are_accepted_or_refused_and_leave_nothing()
    {
        var ends = new HashSet<FramesEnd>();
        Check.One(Often, Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            ends.Add(_frames.Read(_frames.Make(new Random(seed).Next)).End);
        }));
        Assert.Equal(Enum.GetValues<FramesEnd>().Order(), ends.Order());
    }

    [Fact]
    public void Any_bytes_are_refused_or_cut_short() =>
        Check.One(Often, Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => { _frames.Read(bytes); }));
}
