using System.Security.Cryptography;
using System.Text;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Wire;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Pipeline.Wire;

/// <summary>
/// What each manifest stands for is pinned: a change of a record's parts, or those of a record within it, raises its
/// version, so that nodes of different programs refuse each other's message by name instead of misreading it.
/// </summary>
public sealed class WireGoldenSpecs
{
    private const string Pinned = "tests/PipelineRobustness.ParallelTests/Pipeline/Wire/manifests.txt";

    [Fact]
    public void A_record_s_members_change_only_with_its_version()
    {
        if (Environment.GetEnvironmentVariable("REWRITE_GOLDEN") == "1")
        {
            File.WriteAllLines(
                Path.Combine(Repository.Root, Pinned), WireTable.Ours.Entries.Select(entry => $"{entry.Manifest} {Digest(entry.Signature)}"));
        }

        var pinned = Repository.Read(Pinned).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))
            .ToDictionary(words => words[0], words => words[1]);
        var now = WireTable.Ours.Entries.ToDictionary(entry => entry.Manifest, entry => Digest(entry.Signature));
        var changed = now.Where(entry => pinned.TryGetValue(entry.Key, out var digest) && digest != entry.Value).Select(entry => entry.Key);
        Assert.True(!changed.Any(), $"changed without a new version: {string.Join(", ", changed)}");
        var text = string.Join('\n', now.Select(entry => $"{entry.Key} {entry.Value}"));
        Assert.True(now.Keys.ToHashSet().SetEquals(pinned.Keys), $"{Pinned} should read:\n{text}");
    }

    [Fact]
    public void A_signature_covers_a_record_s_nested_members() =>
        Assert.Equal(
            "BeginBackward(Work:StepId(Ballot:Ballot(Counter:int64,Node:NodeId(Name:string,Incarnation:uint64)),"
            + "Iteration:int64,Purpose:Purpose[Evaluation=0,Training=1],Retry:int32,Attempt:int32,Pass:int32))",
            WireTable.Ours.Entries.Single(entry => entry.Type == typeof(BeginBackward)).Signature);

    private static string Digest(string signature) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(signature)))[..16];
}
