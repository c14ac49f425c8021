using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Benchmarks;

namespace PipelineRobustness.Tests.Pipeline.Lanes;

/// <summary>Any bytes at all: taken, refused or cut short, and nothing else; <c>fuzz-frames</c> does it for hours.</summary>
public sealed class FrameFuzzSpecs
{
    private static readonly Config Often = Config.QuickThrowOnFailure.WithMaxTest(2000);

    public static TheoryData<string> Remedies => [.. HostileFrames.Remedies];

    [Theory]
    [MemberData(nameof(Remedies))]
    public void Tampered_frames_are_accepted_or_refused_and_leave_nothing(string remedy)
    {
        var (frames, ends) = (new HostileFrames(remedy), new HashSet<FramesEnd>());
        Check.One(Often, Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            ends.Add(frames.Read(frames.Make(new Random(seed).Next)).End);
        }));
        Assert.Equal(Enum.GetValues<FramesEnd>().Order(), ends.Order());
    }

    [Theory]
    [MemberData(nameof(Remedies))]
    public void Any_bytes_are_refused_or_cut_short(string remedy)
    {
        var frames = new HostileFrames(remedy);
        Check.One(Often, Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => { frames.Read(bytes); }));
    }
}
