using System.Buffers.Binary;

namespace PipelineRobustness.BuildSteps.NativeLibrary;

/// <summary>What became of a file.</summary>
public enum PatchOutcome
{
    /// <summary>Not a 64-bit little-endian ELF library with versioned imports: left as it was.</summary>
    NoElfLibrary,

    /// <summary>It does not import the symbol (never did, or is patched already): left as it was.</summary>
    NothingToDo,

    /// <summary>It imports the symbol in a way this patch does not know: left as it was.</summary>
    Unknown,

    /// <summary>The import was redirected.</summary>
    Patched,
}

/// <summary>
/// Lets a library that GCC 13 linked load where libstdc++ is older (Debian 12, Ubuntu 22.04).
/// </summary>
/// <remarks>
/// <para>TorchSharp's libLibTorchSharp.so does not load there as shipped. All it lacks is one function,
/// <c>std::ios_base_library_init()</c> of version GLIBCXX_3.4.32, which GCC 13 calls wherever &lt;iostream&gt; is
/// included. The function sets up <c>std::cout</c> and its like and does nothing when that is done already; libtorch
/// itself, built with an older GCC and loaded first, does it in its own static initialisers.</para>
/// <para>So the import may as well point to any function that takes no argument and changes nothing. The library
/// imports one: <c>std::chrono::steady_clock::now()</c>. Three small writes, the file's length stays:</para>
/// <code>
/// .dynsym         import ios_base_library_init   st_name  -> the name of steady_clock::now
/// .gnu.version    of the same import             index    -> the version of steady_clock::now
/// .gnu.version_r  libstdc++.so.6 GLIBCXX_3.4.32  flags    -> + weak: may be missing
/// </code>
/// <para>A version that other imports use too is not made weak: then the file is left alone. Where libstdc++ is new
/// enough, the patched library loads as the original does.</para>
/// </remarks>
public static class LibstdcxxPatch
{
    private const int SymbolLength = 24;
    private const ushort Weak = 2; // VER_FLG_WEAK
    private const ushort HiddenBit = 0x8000;

    private static ReadOnlySpan<byte> Wanted => "_ZSt21ios_base_library_initv"u8;

    private static ReadOnlySpan<byte> WantedVersion => "GLIBCXX_3.4.32"u8;

    private static ReadOnlySpan<byte> StandIn => "_ZNSt6chrono3_V212steady_clock3nowEv"u8;

    /// <summary>Patches the library in <paramref name="image"/>, or changes nothing at all. Never throws.</summary>
    public static PatchOutcome Patch(Span<byte> image)
    {
        if (!ElfImage.TryOpen(image, out var elf)
            || !elf.TryFind(ElfSection.DynamicSymbols, out var symbols)
            || !elf.TryStringsOf(symbols, out var names)
            || !elf.TryFind(ElfSection.SymbolVersions, out var versions)
            || !elf.TryFind(ElfSection.NeededVersions, out var needed)
            || !elf.TryStringsOf(needed, out var versionNames)
            || versions.Length / sizeof(ushort) < symbols.Length / SymbolLength)
            return PatchOutcome.NoElfLibrary;

        var wanted = FindImport(elf, symbols, names, Wanted);
        if (wanted < 0) return PatchOutcome.NothingToDo;
        var standIn = FindImport(elf, symbols, names, StandIn);
        var need = FindNeed(elf, needed, versionNames, WantedVersion);
        if (standIn < 0 || need < 0) return PatchOutcome.Unknown;
        var version = BinaryPrimitives.ReadUInt16LittleEndian(image[(need + 6)..]);
        if (VersionOf(elf, versions, wanted) != version || CountOf(elf, versions, version) != 1)
            return PatchOutcome.Unknown;

        var wantedName = image.Slice(symbols.Offset + wanted * SymbolLength, sizeof(uint));
        var wantedIndex = image.Slice(versions.Offset + wanted * sizeof(ushort), sizeof(ushort));
        image.Slice(symbols.Offset + standIn * SymbolLength, sizeof(uint)).CopyTo(wantedName);
        image.Slice(versions.Offset + standIn * sizeof(ushort), sizeof(ushort)).CopyTo(wantedIndex);
        image[need + 4] |= (byte)Weak;
        return PatchOutcome.Patched;
    }

    /// <summary>The number of an undefined function in the symbol table, or -1.</summary>
    private static int FindImport(ElfImage elf, ElfSection symbols, ElfSection names, ReadOnlySpan<byte> name)
    {
        const byte function = 2;
        var table = elf.Bytes(symbols);
        for (var number = 0; number < table.Length / SymbolLength; number++)
        {
            var symbol = table.Slice(number * SymbolLength, SymbolLength);
            var undefined = BinaryPrimitives.ReadUInt16LittleEndian(symbol[6..]) == 0;
            if (undefined && (symbol[4] & 0xf) == function
                && elf.StringIs(names, BinaryPrimitives.ReadUInt32LittleEndian(symbol), name))
                return number;
        }
        return -1;
    }

    /// <summary>Where in the file the entry (Vernaux) lies that wants a version of another library, or -1.</summary>
    private static int FindNeed(ElfImage elf, ElfSection needed, ElfSection names, ReadOnlySpan<byte> version)
    {
        const int entryLength = 16;
        var table = elf.Bytes(needed);
        // Both chains are linked by distances to the next entry, 0 at the end; a garbled file must not lead in circles.
        var stepsLeft = table.Length / entryLength;
        for (long library = 0; library + entryLength <= table.Length;)
        {
            var head = table.Slice((int)library, entryLength);
            for (var entry = library + BinaryPrimitives.ReadUInt32LittleEndian(head[8..]);
                 entry + entryLength <= table.Length && stepsLeft-- > 0;)
            {
                var need = table.Slice((int)entry, entryLength);
                if (elf.StringIs(names, BinaryPrimitives.ReadUInt32LittleEndian(need[8..]), version))
                    return needed.Offset + (int)entry;
                var toNext = BinaryPrimitives.ReadUInt32LittleEndian(need[12..]);
                if (toNext == 0) break;
                entry += toNext;
            }
            var toNextLibrary = BinaryPrimitives.ReadUInt32LittleEndian(head[12..]);
            if (toNextLibrary == 0 || stepsLeft <= 0) return -1;
            library += toNextLibrary;
        }
        return -1;
    }

    private static int VersionOf(ElfImage elf, ElfSection versions, int symbol) =>
        BinaryPrimitives.ReadUInt16LittleEndian(elf.Bytes(versions)[(symbol * sizeof(ushort))..]) & ~HiddenBit;

    private static int CountOf(ElfImage elf, ElfSection versions, int version)
    {
        var count = 0;
        for (var symbol = 0; symbol < versions.Length / sizeof(ushort); symbol++)
            if (VersionOf(elf, versions, symbol) == version)
                count++;
        return count;
    }
}
