using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Text.Corpora;
using PipelineRobustness.Models.Text.Tokenizers;

namespace PipelineRobustness.Tests.Models;

/// <summary>Progress lines count what is encoded, although reading runs ahead.</summary>
public sealed class TokenisingProgressSpecs : IDisposable
{
    private readonly CorpusFixture _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_single_long_word_is_counted_while_it_is_encoded()
    {
        var path = _place.Write("a.txt", new string('a', 4_000_000));
        var shares = Told(path, BuiltInTokenizers.Gpt2);
        Assert.Contains(shares, share => share is > 0.1 and < 0.5);
        Assert.Equal(shares.Order(), shares);
    }

    [Fact]
    public void Documents_are_counted_up_to_the_end()
    {
        var path = _place.Write("a.jsonl", string.Concat(Enumerable.Repeat("{\"text\":\"some words of a document\"}\n", 40_000)));
        var shares = Told(path, BuiltInTokenizers.Gpt2);
        Assert.InRange(shares[^1], 0.9, 1);
        Assert.Equal(shares.Order(), shares);
    }

    private static List<double> Told(string path, ITokenizer tokenizer)
    {
        var reported = new Lines();
        var environment = new CorpusEnvironment
        {
            Progress = reported,
            Clock = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromSeconds(1) },
        };
        using (new CorpusReader(environment).Read(new CorpusRequest { Path = path }, tokenizer))
            return [.. reported.All.Select(Share)];
    }

    /// <summary>Of "tokenising a.txt (gpt2): 1.2 of 4.0 MB".</summary>
    private static double Share(string line)
    {
        var words = line[(line.IndexOf("): ", StringComparison.Ordinal) + 3)..].Split(' ');
        return double.Parse(words[0], CultureInfo.InvariantCulture) / double.Parse(words[2], CultureInfo.InvariantCulture);
    }

    private sealed class Lines : IProgress<string>
    {
        public List<string> All { get; } = [];

        public void Report(string value) => All.Add(value);
    }
}
