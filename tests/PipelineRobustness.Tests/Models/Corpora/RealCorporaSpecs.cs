using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Text.Corpora;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Models;

/// <summary>The published corpora, if ../shared/data contains them.</summary>
public sealed class RealCorporaSpecs
{
    private static readonly string Data = Path.GetFullPath(Path.Combine("..", "shared", "data"), Repository.Root);

    [Fact]
    public void WikiText_2_uses_its_training_and_test_splits()
    {
        using var corpus = Read(new CorpusRequest { Name = CorpusNames.WikiText2, Folder = Data });
        Assert.Equal((10_797_148L, 1_256_449L), (corpus.Train.Length, corpus.Validation.Length));
        Assert.Equal("wikitext-2: not read: valid.txt", Assert.Single(corpus.Notes));
    }

    [Fact]
    public void Raw_WikiText_2_without_training_split_is_only_for_evaluation()
    {
        Skip();
        Assert.Contains(
            "wikitext-2-raw: expected wiki.train.raw to train on, found only wiki.test.raw",
            CorpusFixture.Refusal(new CorpusRequest { Name = CorpusNames.WikiText2Raw, Folder = Data }),
            StringComparison.Ordinal);
        using var corpus = Read(new CorpusRequest { Name = CorpusNames.OpenWebText, Folder = Data, EvaluationCorpus = CorpusNames.WikiText2Raw });
        Assert.Equal(1_290_590, corpus.Validation.Length);
        Assert.Equal(499, corpus.Train.ToArray().Count(id => id == ByteTokenizer.EndOfText));
    }

    [Fact]
    public void Arxiv_abstracts_are_read_from_json_lines_and_multiline_csv()
    {
        using var lines = Read(new CorpusRequest { Name = CorpusNames.ArxivAbstracts, Folder = Data });
        Assert.Equal("arxiv-abstracts: not read: arxiv_lite.csv", Assert.Single(lines.Notes));
        Assert.StartsWith("It is proposed that gamma-ray bursts are", CorpusFixture.Shown(lines.Train.Slice(0, 100)), StringComparison.Ordinal);
        using var rows = Read(new CorpusRequest { Path = Path.Combine(Data, "arxiv-abstracts", "arxiv_lite.csv") });
        Assert.StartsWith("It is proposed that gamma-ray bursts are", CorpusFixture.Shown(rows.Train.Slice(0, 100)), StringComparison.Ordinal);
        Assert.InRange(rows.Train.Length + rows.Validation.Length, 1_000_000, 1_405_238);
    }

    [Fact]
    public void A_folder_with_a_book_is_a_corpus()
    {
        using var corpus = Read(new CorpusRequest { Path = Path.Combine(Data, "public-domain") });
        Assert.InRange(corpus.Train.Length + corpus.Validation.Length, 1_204_997 - 3, 1_204_997);
    }

    private static Corpus Read(CorpusRequest request)
    {
        Skip();
        return new CorpusReader(CorpusEnvironment.Offline).Read(request, new ByteTokenizer());
    }

    private static void Skip() => Assert.SkipUnless(Directory.Exists(Data), $"no published corpora: {Data} is absent");
}
