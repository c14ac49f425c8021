using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.BuildSteps.Corpus;

namespace PipelineRobustness.Tests.Ground;

/// <summary>The embedded corpus: the same bytes on every machine, and prose.</summary>
public sealed partial class CorpusStepSpecs
{
    private const string ExpectedSha256 = "e3ba319f48ec51341fcc8223b76d6868e144f8d254738692a5c56f2178043d5f";

    private static readonly byte[] Embedded = ReadEmbedded();

    [Fact]
    public void The_embedded_text_has_the_same_bytes_on_every_machine() =>
        Assert.Equal(ExpectedSha256, Convert.ToHexStringLower(SHA256.HashData(Embedded)));

    [Fact]
    public void The_embedded_text_is_a_million_bytes_of_printable_ASCII()
    {
        Assert.True(Embedded.Length >= 1_000_000, $"{Embedded.Length} bytes");
        Assert.All(Embedded.Where(letter => letter is < (byte)' ' or > (byte)'~').Distinct(), letter => Assert.Equal((byte)'\n', letter));
    }

    [Fact]
    public void The_embedded_text_repeats_no_paragraph()
    {
        var paragraphs = Encoding.ASCII.GetString(Embedded).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(paragraphs.Length, paragraphs.Distinct().Count());
    }

    [Fact]
    public void The_corpus_document_names_every_package_and_version()
    {
        var sources = XDocument.Parse(Repository.Read("src/PipelineRobustness.Models/Corpus.targets")).Descendants("CorpusSource")
            .Select(source => $"| {source.Attribute("Include")?.Value} | {source.Attribute("Version")?.Value} |");
        var rows = PackageRow().Matches(Repository.Read("docs/corpus.md")).Select(row => row.Value);
        Assert.Equal(sources.Order(), rows.Order());
    }

    [Theory]
    [InlineData("The actor that\n   no longer receives   the message.", "The actor that no longer receives the message.")]
    [InlineData("Asks an IActorRef for its ActorSystem.", "Asks an actor ref for its actor system.")]
    [InlineData("MaxRetries is not of any use here.", "Max retries is not of any use here.")]
    [InlineData("It\u2019s the \u201cend\u201d of all that there was to be read.", "It's the \"end\" of all that there was to be read.")]
    [InlineData("Use it here, e.g. Akka, as it was meant to be used.", "Use it here, e.g. Akka, as it was meant to be used.")]
    [InlineData("It ends in the middle of", null)]
    [InlineData("Too short a one.", null)]
    [InlineData("Call foo.Bar(x) when it is the time.", null)]
    [InlineData("The value is a < b and that is it.", null)]
    [InlineData("Opened (but not closed it is not good.", null)]
    [InlineData("Gradus ad Parnassum docet multa bona.", null)]
    public void A_sentence_is_cleaned_or_dropped(string rough, string? kept) =>
        Assert.Equal(kept is null ? [] : [kept], Prose.Sentences(rough));

    [Fact]
    public void Any_paragraph_gives_plain_sentences_only() =>
        Prop.ForAll<string>(rough => rough is null || Prose.Sentences(rough).All(line => line.All(letter => letter is >= ' ' and <= '~')))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Markup_becomes_words_or_paragraphs_and_repeated_sentences_are_dropped()
    {
        var file = XDocument.Parse("""
            <doc><members>
              <member name="M:Some.Place.Go(System.Int32)"><summary>
                It goes to the <see cref="T:Some.OtherPlace`1"/> and stays there.<para>It says <c>hello</c> to all of them.</para>
                <code>if (x) return;</code></summary></member>
              <member name="T:Some.Place"><summary>It goes to the other place, and stays there.</summary>
                <remarks>The <math>x</math> of it is not known. The <paramref name="stepCount"/> of it is known.</remarks></member>
            </members></doc>
            """);
        var type = Assert.Single(DocumentationFile.Types(file));
        Assert.Equal("Some.Place", type.Name);
        Assert.Equal(
            "It goes to the other place and stays there.\n\nIt says hello to all of them.\n\nThe step count of it is known.\n\n",
            CorpusText.Of([type]));
    }

    [Fact]
    public void A_missing_package_ends_the_step_with_one_line()
    {
        using var log = new StringWriter { NewLine = "\n" };
        Assert.Equal(1, CorpusStep.Run("never-written.txt", AppContext.BaseDirectory, ["No.Such/1.0.0/lib/No.Such.xml"], log));
        Assert.StartsWith("error: cannot create the corpus", log.ToString());
        Assert.Equal(1, log.ToString().Count(letter => letter == '\n'));
    }

    [GeneratedRegex(@"^\| [A-Z][A-Za-z.]+ \| \d[0-9.]+ \|", RegexOptions.Multiline)]
    private static partial Regex PackageRow();

    private static byte[] ReadEmbedded()
    {
        using var resource = Assembly.Load("PipelineRobustness.Models").GetManifestResourceStream("corpus.txt")
            ?? throw new InvalidOperationException("PipelineRobustness.Models has no resource corpus.txt");
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }
}
