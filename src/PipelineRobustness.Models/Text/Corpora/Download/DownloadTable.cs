namespace PipelineRobustness.Models.Text.Corpora.Download;

/// <summary>
/// The addresses of the named corpora. Untested: this program has never downloaded from them. The digests are those of
/// WikiText-2's tokenised release; the files in PyTorch's examples have the same bytes.
/// </summary>
internal static class DownloadTable
{
    private const string Examples =
        "https://raw.githubusercontent.com/pytorch/examples/77f55b912142e11fcfdf5b530231fb9c52f181e8/word_language_model/data/wikitext-2/";

    private const string Hub = "https://huggingface.co/datasets/";

    private const string RawWikiText = Hub + "Salesforce/wikitext/resolve/main/wikitext-2-raw-v1/";

    // The hub converts every data set to parquet and keeps it on this branch.
    private const string Converted = "/resolve/refs%2Fconvert%2Fparquet/";

    /// <summary>The files of a corpus.</summary>
    public static IReadOnlyList<DownloadFile> Of(string corpus) => corpus switch
    {
        CorpusNames.WikiText2 =>
        [
            new("train.txt", Examples + "train.txt", "9e9fa1ad55b1c2c95b08e37dd8e653f638fac2c6de904b79e813611eefbc985f"),
            new("valid.txt", Examples + "valid.txt", "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8"),
            new("test.txt", Examples + "test.txt", "d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0"),
        ],
        CorpusNames.WikiText2Raw =>
        [
            new("train.parquet", RawWikiText + "train-00000-of-00001.parquet", null),
            new("validation.parquet", RawWikiText + "validation-00000-of-00001.parquet", null),
            new("test.parquet", RawWikiText + "test-00000-of-00001.parquet", null),
        ],
        CorpusNames.ArxivAbstracts =>
        [
            new("train.parquet", Hub + "ds3lab/ac-sgd-arxiv21" + Converted + "default/train/0000.parquet", null),
            new("test.parquet", Hub + "ds3lab/ac-sgd-arxiv21" + Converted + "default/test/0000.parquet", null),
        ],
        CorpusNames.OpenWebText =>
            [new("openwebtext-10k.parquet", Hub + "stas/openwebtext-10k" + Converted + "plain_text/train/0000.parquet", null)],
        _ => throw new ArgumentOutOfRangeException(nameof(corpus), corpus, "cannot be downloaded"),
    };
}
