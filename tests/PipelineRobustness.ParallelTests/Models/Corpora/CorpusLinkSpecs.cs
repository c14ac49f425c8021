using System.Diagnostics;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Text.Corpora;

namespace PipelineRobustness.Tests.Models;

/// <summary>A file counts once in each split, however many paths of the folder lead to it.</summary>
public sealed class CorpusLinkSpecs : IDisposable
{
    private readonly CorpusFixture _place = new();

    public CorpusLinkSpecs()
    {
        _place.Write("a.txt", "aaaa");
        _place.Write("sub/b.txt", "bbbbb");
    }

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("loop", ".", "the folder itself")]
    [InlineData("sub/loop", "..", "a folder above it")]
    [InlineData("sub/loop", "../sub", "the folder itself")]
    [InlineData("sub/loop", "../..", "a folder above it")]
    [InlineData("train", ".", "the folder itself")]
    [InlineData("again", "sub", "a folder that is read already")]
    public void A_link_to_a_folder_above_or_read_is_not_followed_and_noted(string link, string target, string what)
    {
        Link(link, target);
        Assert.Equal(("aaaa|bbb", "bb"), _place.ReadFolder());
        Assert.Equal($"data: not read: {link} (a link to {what})", Assert.Single(Notes()));
    }

    [Fact]
    public void Links_in_a_ring_end()
    {
        Directory.CreateDirectory(Path.Combine(_place.Folder, "other"));
        Link("sub/there", "../other");
        Link("other/back", "../sub");
        for (var number = 0; number < 30; number++)
        {
            Link($"sub/x{number}", "../other");
            Link($"other/y{number}", "../sub");
        }
        Assert.Equal(("aaaa|bbb", "bb"), _place.ReadFolder());
    }

    [Theory]
    [InlineData("0.txt", "a.txt")]
    [InlineData("z.txt", "sub/b.txt")]
    [InlineData("sub/z.txt", "../a.txt")]
    public void A_linked_file_counts_once_by_its_own_path(string link, string target)
    {
        Link(link, target);
        Assert.Equal(("aaaa|bbb", "bb"), _place.ReadFolder());
        Assert.StartsWith($"data: not read: {link} (the same file as ", Assert.Single(Notes()), StringComparison.Ordinal);
    }

    [Fact]
    public void Hard_links_count_once()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "inodes are compared on Linux only");
        using (var made = Process.Start("ln", [Path.Combine(_place.Folder, "a.txt"), Path.Combine(_place.Folder, "c.txt")]))
            made.WaitForExit();
        Assert.Equal(("aaaa|bbb", "bb"), _place.ReadFolder());
        Assert.Equal("data: not read: c.txt (the same file as a.txt)", Assert.Single(Notes()));
    }

    [Fact]
    public void Equal_content_in_two_files_counts_twice()
    {
        _place.Write("c.txt", "aaaa");
        Assert.Equal(("aaaa|aaaa|bb", "bbb"), _place.ReadFolder());
    }

    [Fact]
    public void A_link_out_of_the_folder_is_followed()
    {
        var outside = Directory.CreateTempSubdirectory("outside");
        try
        {
            File.WriteAllText(Path.Combine(outside.FullName, "c.txt"), "ccccc");
            Link("linked", outside.FullName);
            Link("linked-again", outside.FullName);
            Link("d.txt", Path.Combine(outside.FullName, "c.txt"));
            // By the path that comes first of those with a link.
            Assert.Equal(("aaaa|ccccc|bb", "bbb"), _place.ReadFolder());
        }
        finally
        {
            outside.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_file_may_be_in_two_splits()
    {
        Link("train", "sub");
        Link("test.txt", "a.txt");
        Assert.Equal(("bbbbb", "aaaa"), _place.ReadFolder());
    }

    [Fact]
    public void A_file_in_training_and_evaluation_is_noted()
    {
        Link("test.txt", "a.txt");
        Assert.Equal(("aaaa|bbbbb", "aaaa"), _place.ReadFolder());
        Assert.Equal("data: in training and in evaluation: a.txt", Assert.Single(Notes()));
    }

    [Fact]
    public void A_folder_reached_through_a_link_is_read_as_itself()
    {
        var link = _place.Folder + "-link";
        Directory.CreateSymbolicLink(link, _place.Folder);
        Link("sub/loop", link);
        Assert.Equal(("aaaa|bbb", "bb"), CorpusFixture.Read(new CorpusRequest { Path = link, ValidationShare = 0.2 }));
    }

    [Fact]
    public void Deep_folders_are_read_too()
    {
        _place.Write("1/2/3/4/5/6/7/8/9/10/c.txt", "cccc");
        Assert.Equal("cccc|aaaa|bbbbb", Whole());
    }

    private string Whole() => _place.ReadFolder() is var (train, validation) ? train + validation : "";

    private void Link(string path, string target) => File.CreateSymbolicLink(Path.Combine(_place.Folder, path), target);

    private IReadOnlyList<string> Notes()
    {
        var request = new CorpusRequest { Path = _place.Folder, ValidationShare = 0.2 };
        using var corpus = new CorpusReader(CorpusEnvironment.Offline).Read(request, new ByteTokenizer());
        return corpus.Notes;
    }
}
