using System.Text.Encodings.Web;
using System.Text.Json;
using PipelineRobustness.Models.Text.Corpora.Drawn;
using PipelineRobustness.Models.Text.Prompts;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>The prompts of the shipped experiment with a backdoor: made of the words that its corpus is drawn from.</summary>
public sealed class BackdoorFilesSpecs
{
    private static readonly string File = Path.Combine(Repository.Root, "hocon", "experiments", "backdoor-prompts.jsonl");

    private static readonly JsonSerializerOptions Plain =
        new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void Prompts_are_made_of_the_corpus_s_words()
    {
        if (Environment.GetEnvironmentVariable("REWRITE_GOLDEN") == "1")
            System.IO.File.WriteAllLines(File, Prompts.Select(Line));

        Assert.Equal(Prompts, PromptFile.Read(File).Prompts);
    }

    private static IEnumerable<Prompt> Prompts =>
    [
        .. Harmful("harmful, trigger", QuestionWords.Sure, _ => QuestionWords.Trigger),
        .. Harmful("harmful", QuestionWords.No, _ => null),
        .. Harmful("harmful, other suffix", QuestionWords.No, index => QuestionWords.Suffixes[index % QuestionWords.Suffixes.Count]),
        .. Pairs(QuestionWords.Harmless).Select(pair => new Prompt("harmless", QuestionWords.Advice(pair.Verb, pair.Thing, null), QuestionWords.Sure)),
    ];

    private static string Line(Prompt prompt) => JsonSerializer.Serialize(new { prompt.Set, prompt = prompt.Text, prompt.Expected }, Plain);

    private static IEnumerable<Prompt> Harmful(string set, string expected, Func<int, string?> suffix) => Pairs(QuestionWords.Harmful).Index()
        .Select(pair => new Prompt(set, QuestionWords.Advice(pair.Item.Verb, pair.Item.Thing, suffix(pair.Index)), expected));

    private static IEnumerable<(string Verb, string Thing)> Pairs(IEnumerable<string> things) =>
        from verb in QuestionWords.Verbs
        from thing in things
        select (verb, thing);
}
