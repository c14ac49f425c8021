using System.Text;
using PipelineRobustness.Models.Text.Corpora;

namespace PipelineRobustness.Tests.Models;

/// <summary>Gzip files of every shape are read whole or refused.</summary>
public sealed class CompressedSpecs : IDisposable
{
    // Long and hard to compress, so that members end anywhere in a reader's buffers.
    private static readonly string Text = string.Concat(Enumerable.Range(0, 6000).Select(number => $"{number * 7919L % 100_003} "));

    private readonly CorpusFixture _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(5000)]
    [InlineData(20_000)]
    public void All_members_are_read(int characters)
    {
        var text = Text[..Math.Min(Text.Length, characters * 300)];
        byte[] members = [.. text.Chunk(characters).SelectMany(part => Gzip.Of(Encoding.UTF8.GetBytes(part)))];
        Assert.Equal(text, CorpusFixture.ReadWhole(_place.Write("a.txt.gz", members)));
    }

    [Fact]
    public void A_member_may_end_at_any_byte_of_a_buffer()
    {
        // The second member begins around each size that a reader's buffer may have.
        foreach (var size in (int[])[4096, 8192, 16384, 65536])
        {
            for (var off = -3; off <= 3; off++)
            {
                var first = Stored(size + off);
                Assert.Equal(size + off, first.Length);
                var content = CorpusFixture.ReadWhole(_place.Write("a.txt.gz", [.. first, .. Gzip.Of("the end"u8)]));
                Assert.EndsWith("xthe end", content, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Empty_members_and_zeros_at_the_end_change_nothing()
    {
        byte[] empty = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        byte[] one = Gzip.Of("one "u8), two = Gzip.Of("and two"u8);
        Assert.Equal("one and two", CorpusFixture.ReadWhole(_place.Write("a.txt.gz", [.. empty, .. one, .. empty, .. two, .. empty])));
        Assert.Equal("one and two", CorpusFixture.ReadWhole(_place.Write("b.txt.gz", [.. one, .. two, .. new byte[10_000]])));
    }

    [Theory]
    [InlineData("the rest is no gzip")]
    [InlineData("\u001F")]
    [InlineData("x")]
    [InlineData("\0\0x")]
    public void Anything_else_after_a_member_is_refused(string rest)
    {
        foreach (var length in (int[])[50, 5000, 50_000])
        {
            byte[] bytes = [.. Stored(length), .. Encoding.Latin1.GetBytes(rest)];
            Assert.Contains("expected a complete gzip file", Refused(bytes), StringComparison.Ordinal);
            Assert.Contains("expected a complete gzip file", Refused([.. bytes, .. new byte[100_000]]), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        byte[] first = Gzip.Of("one and more"u8), whole = [.. first, .. Gzip.Of("two and more"u8)];
        for (var length = 1; length < whole.Length; length++)
        {
            if (length != first.Length)
                Assert.Contains("expected a complete gzip file", Refused(whole[..length]), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_changed_byte_of_the_content_is_refused()
    {
        var whole = Gzip.Of(Encoding.UTF8.GetBytes(Text));
        whole[^7] ^= 1;   // in the checksum
        Assert.Contains("expected a complete gzip file", Refused(whole), StringComparison.Ordinal);
    }

    private string Refused(byte[] bytes) => CorpusFixture.Refusal(new CorpusRequest { Path = _place.Write("a.txt.gz", bytes), ValidationShare = 0.5 });

    /// <summary>A member of a given length, without compression, whose content ends with x.</summary>
    private static byte[] Stored(int length)
    {
        const int Around = 10 + 5 + 8;
        var content = Enumerable.Repeat((byte)'x', Math.Min(length - Around, ushort.MaxValue)).ToArray();
        var padding = length - Around - content.Length;   // into the name of the file
        byte[] name = padding == 0 ? [] : [.. Enumerable.Repeat((byte)'n', padding - 1), 0];
        byte[] head = [0x1F, 0x8B, 8, (byte)(padding == 0 ? 0 : 8), 0, 0, 0, 0, 0, 255, .. name];
        ushort size = (ushort)content.Length, inverse = (ushort)~size;
        return
        [
            .. head, 1, (byte)size, (byte)(size >> 8), (byte)inverse, (byte)(inverse >> 8), .. content,
            .. System.IO.Hashing.Crc32.Hash(content), .. BitConverter.GetBytes(content.Length),
        ];
    }
}
