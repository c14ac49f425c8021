using System.Buffers.Binary;

namespace PipelineRobustness.BuildSteps.NativeLibrary;

/// <summary>A section of an ELF file: the position of its bytes, and the section that it links to.</summary>
public readonly record struct ElfSection(uint Type, int Offset, int Length, int Link)
{
    /// <summary>The symbols visible to the dynamic loader (SHT_DYNSYM).</summary>
    public const uint DynamicSymbols = 11;

    /// <summary>One version index per dynamic symbol (SHT_GNU_versym).</summary>
    public const uint SymbolVersions = 0x6fffffff;

    /// <summary>The versions required of other libraries (SHT_GNU_verneed).</summary>
    public const uint NeededVersions = 0x6ffffffe;
}

/// <summary>
/// The sections of a 64-bit little-endian ELF file (System V ABI, chapter 4). Every offset is checked against the
/// file's length before use, so that a truncated or corrupted file gives <c>false</c>, never an exception.
/// </summary>
public readonly ref struct ElfImage
{
    private const int HeaderLength = 64;
    private const int SectionHeaderLength = 64;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _sectionsAt;
    private readonly int _sectionCount;

    private ElfImage(ReadOnlySpan<byte> bytes, int sectionsAt, int sectionCount)
    {
        _bytes = bytes;
        _sectionsAt = sectionsAt;
        _sectionCount = sectionCount;
    }

    /// <summary>Reads the header; false if this is not a 64-bit little-endian ELF file with a section table.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> bytes, out ElfImage image)
    {
        image = default;
        ReadOnlySpan<byte> magic = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1];
        if (bytes.Length < HeaderLength || !bytes.StartsWith(magic)) return false;
        var at = BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]);
        var entryLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[58..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(bytes[60..]);
        if (entryLength != SectionHeaderLength || !Contains(bytes, at, (ulong)count * SectionHeaderLength)) return false;
        image = new ElfImage(bytes, (int)at, count);
        return true;
    }

    /// <summary>Finds the first section of a type; false if there is none or it extends beyond the file.</summary>
    public bool TryFind(uint type, out ElfSection section)
    {
        for (var index = 0; index < _sectionCount; index++)
            if (TrySection(index, out section) && section.Type == type) return true;
        section = default;
        return false;
    }

    /// <summary>Finds the string section that a section links to.</summary>
    public bool TryStringsOf(ElfSection section, out ElfSection strings) => TrySection(section.Link, out strings);

    /// <summary>Whether the zero-terminated string at an offset of a string section is <paramref name="text"/>.</summary>
    public bool StringIs(ElfSection strings, uint offset, ReadOnlySpan<byte> text)
    {
        var all = Bytes(strings);
        return offset < all.Length
            && all[(int)offset..].StartsWith(text)
            && offset + text.Length < all.Length
            && all[(int)offset + text.Length] == 0;
    }

    /// <summary>The bytes of a section.</summary>
    public ReadOnlySpan<byte> Bytes(ElfSection section) => _bytes.Slice(section.Offset, section.Length);

    private bool TrySection(int index, out ElfSection section)
    {
        section = default;
        if (index < 0 || index >= _sectionCount) return false;
        var header = _bytes.Slice(_sectionsAt + index * SectionHeaderLength, SectionHeaderLength);
        var offset = BinaryPrimitives.ReadUInt64LittleEndian(header[24..]);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
        if (!Contains(_bytes, offset, length)) return false;
        var type = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        var link = BinaryPrimitives.ReadInt32LittleEndian(header[40..]);
        section = new ElfSection(type, (int)offset, (int)length, link);
        return true;
    }

    private static bool Contains(ReadOnlySpan<byte> bytes, ulong offset, ulong length) =>
        offset <= (ulong)bytes.Length && length <= (ulong)bytes.Length - offset;
}
