using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Models;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>What an event of each kind must say, may say and must not.</summary>
public sealed class ScenarioLanguageSpecs : IDisposable
{
    // The words that each kind requires, and after the bar those that it also allows.
    private static readonly Dictionary<string, string> Language = new()
    {
        ["crash"] = "crash = \"the server\", at = 1s | wakes-up = true",
        ["hang"] = "hang = \"stage 1\", at = \"iteration 1\", for = 1s |",
        ["slow"] = "slow = \"stage 1\", at = 1s, for = 1s, factor = 2 |",
        ["pause"] = "pause = \"the server\", at = 1s, for = 1s |",
        ["lose"] = "lose = \"node-1\", at = 1s | count = 2",
        ["duplicate"] = "duplicate = \"any node\", at = 1s | count = 2",
        ["delay"] = "delay = \"the server\", at = 1s, for = 1s | count = 2",
        ["reorder"] = "reorder = \"stage 1\", at = 1s, for = 1s, count = 2 |",
        ["partition"] = "partition = \"the server\", at = 1s, for = 1s |",
        ["corrupt"] = "corrupt = \"stage 1\", at = \"iteration 1\" | part = activation, pattern = row",
        ["out-of-memory"] = "out-of-memory = \"stage 1\", at = \"iteration 1\" |",
        ["full-disk"] = "full-disk = all, at = 1s, for = 1s |",
        ["join"] = "join = \"a node\", at = 1s |",
        ["leave"] = "leave = \"any node\", at = 1s | for = 1s",
    };

    private static readonly string[] Optional = ["for = 1s", "factor = 2", "count = 2", "part = activation", "pattern = row", "wakes-up = true"];

    private readonly ExperimentFiles _files = new();

    public static TheoryData<string> Kinds => [.. Language.Keys];

    public static TheoryData<string> Shipped => [.. ScenarioFile.Shipped];

    public void Dispose() => _files.Dispose();

    [Theory, MemberData(nameof(Shipped))]
    public void A_shipped_scenario_knows_the_line_of_each_event(string name) =>
        Assert.All(ScenarioFile.Read(name).Failures, failure => Assert.Matches($@"^{name}\.conf:[0-9]+\z", failure.Where));

    [Theory, MemberData(nameof(Kinds))]
    public void A_kind_is_accepted_with_its_required_words_and_with_all_its_words(string kind)
    {
        foreach (var words in (string[][])[Needs(kind), [.. Needs(kind), .. Takes(kind)]])
            Assert.Equal(kind, Read(words).Word);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_kind_without_a_required_word_is_refused(string kind)
    {
        foreach (var missing in Needs(kind)[1..])
        {
            var output = Refused([.. Needs(kind).Where(word => word != missing)]);
            Assert.Matches($@"^s\.conf:2: .*{Name(missing)}.*, found n(one|either)\z", output);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_word_that_a_kind_does_not_take_is_refused(string kind)
    {
        string[] known = [.. Needs(kind), .. Takes(kind)];
        foreach (var foreign in Optional.Where(word => !known.Select(Name).Contains(Name(word)) && (kind, Name(word)) is not ("crash", "for")))
            Assert.StartsWith($"s.conf:2: {Name(foreign)}: no word of {kind}, which takes at", Refused([.. known, foreign]), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_target_that_a_kind_cannot_hit_is_refused(string kind)
    {
        foreach (var target in (string[])["foo bar", "stage", "node", "everybody", ""])
        {
            var output = Refused([$"{kind} = \"{target}\"", .. Needs(kind)[1..]]);
            Assert.StartsWith($"s.conf:2: {kind}: expected ", output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("hang = \"any node\", at = \"iteration 1\", for = 1s", "hang: expected .. N .., found any node")]
    [InlineData("slow = \"the server\", at = 1s, for = 1s, factor = 2", "slow: expected .. N .., found the server")]
    [InlineData("corrupt = \"node-1\", at = \"iteration 1\"", "corrupt: expected .. N .., found node-1")]
    [InlineData("leave = \"the server\", at = 1s", "leave: expected .. N .. node-N .., found the server")]
    [InlineData("join = \"any node\", at = 1s", "join: expected .., found any node")]
    [InlineData("full-disk = \"stage 1\", at = 1s, for = 1s", "full-disk: expected .., found stage 1")]
    [InlineData("reorder = \"stage 1\", at = 1s, for = 1s, count = 1", "count: expected .. 2 .. 1000000 .., found 1")]
    [InlineData("corrupt = \"stage 1\", part = bias, at = \"iteration 1\"", "part: expected .., found bias")]
    [InlineData("crash = \"stage 2\", at = 1s, wakes-up = true", "wakes-up: expected .. \"the server\" .., found stage 2")]
    [InlineData("crash = \"the server\", at = 1s, for = 3s", "for: expected .. wakes-up .., found 3s")]
    [InlineData("crash = \"any node\", every = 3000h", "every: expected .. 0 .. 2777h .. 10s .., found 3000h")]
    [InlineData("crash = \"any node\", every = 0s", "every: expected .. 0 .. 2777h")]
    [InlineData("crash = \"any node\", every = 0.000001ms", "every: expected .. 0 .. 2777h")]
    [InlineData("pause = \"any node\", at = 1s, for = 999999999h", "for: expected .. 0 .. 2777h")]
    public void A_wrong_value_is_refused(string written, string message) => Refusal.Like($"s.conf:2: {message}", Refused(written));

    [Theory]
    [InlineData("corrupt = \"stage 1\", at = \"iteration 1, backward\"", "iteration N, forward, since that is where activation can change")]
    [InlineData("corrupt = \"stage 1\", part = gradient, at = \"iteration 1\"", "iteration N, backward, since that is where gradient can change")]
    [InlineData("corrupt = \"stage 1\", part = weight, at = \"iteration 1, prepared\"", "iteration N, committed, since that is where weight can change")]
    [InlineData("corrupt = \"stage 1\", part = moment, at = \"iteration 1\"", "iteration N, committed, since that is where moment can change")]
    [InlineData("crash = \"stage 1\", at = \"iteration 1, prepared, micro-batch 0\"", "no micro-batch, since a stage that has prepared is behind all of them")]
    [InlineData("crash = \"stage 1\", at = \"iteration 1, hearing, micro-batch 0\"", "no micro-batch, since a stage in a hearing is behind all of them")]
    [InlineData("crash = \"stage 1\", at = \"iteration 1, committed, micro-batch 0\"", "no micro-batch, since a stage that has committed is behind all of them")]
    public void An_impossible_instant_is_refused(string written, string message) =>
        Assert.StartsWith($"s.conf:2: at: expected {message}, found iteration 1", Refused(written), StringComparison.Ordinal);

    [Theory]
    [InlineData("out-of-memory = \"stage 1\", at = \"iteration 2\"", "out-of-memory of stage 1 at iteration 2, forward")]
    [InlineData("corrupt = \"stage 1\", at = \"iteration 2\"", "corrupt of stage 1 (activation, one-bit) at iteration 2, forward")]
    [InlineData("slow = \"stage 1\", factor = 8, at = 0s, for = 1h", "slow of stage 1 (factor 8) after 0 s, for 3600 s")]
    [InlineData("lose = \"any node\", every = 1.5s", "lose of any node every 1.5 s")]
    [InlineData("delay = \"node-2\", count = 3, at = 1s, for = 20ms", "delay of node-2 (count 3) after 1 s, for 0.02 s")]
    [InlineData("crash = \"the server\", wakes-up = true, at = 1s, for = 3s", "crash of the server (wakes-up) after 1 s, for 3 s")]
    [InlineData("full-disk = all, at = 1s, for = 1s", "full-disk of all after 1 s, for 1 s")]
    [InlineData("join = \"a node\", at = 1s", "join of a node after 1 s")]
    public void An_event_is_described_in_the_words_of_its_file(string written, string message) => Assert.Equal(message, $"{Read(written)}");

    private static string[] Needs(string kind) => Language[kind].Split('|')[0].Split(',', StringSplitOptions.TrimEntries);

    private static string[] Takes(string kind) =>
        Language[kind].Split('|')[1].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string Name(string word) => word.Split(' ')[0];

    private string Refused(params string[] words) => Assert.Throws<BadInputException>(() => Read(words)).Message;

    private Failure Read(params string[] words) =>
        Assert.Single(ScenarioFile.Read(_files.Write($"events = [\n{{ {string.Join(", ", words)} }}\n]", "s.conf")).Failures);
}
