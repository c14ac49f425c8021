using System.Buffers.Binary;

namespace PipelineRobustness.BuildSteps.NativeLibrary;

/// <summary>The outcome of a patch.</summary>
public enum PatchOutcome
{
    /// <summary>The file is not a 64-bit little-endian ELF library with versioned imports; unchanged.</summary>
    NotElfLibrary,

    /// <summary>The library does not import the symbol, or is already patched; unchanged.</summary>
    NotNeeded,

    /// <summary>The library imports the symbol in an unsupported way; unchanged.</summary>
    Unsupported,

    /// <summary>The import was redirected.</summary>
    Patched,
}

/// <summary>
/// Lets a library linked by GCC 13 load with an older libstdc++ (Debian 12, Ubuntu 22.04). Hand-written: LibObjectFile
/// reads the version sections as raw bytes only, and patchelf would have to be installed on every machine that builds.
/// </summary>
/// <remarks>
/// <para>TorchSharp's libLibTorchSharp.so does not load there as shipped, because of one missing function:
/// <c>std::ios_base_library_init()</c> of version GLIBCXX_3.4.32, which GCC 13 calls wherever &lt;iostream&gt; is
/// included. The function initializes <c>std::cout</c> and the other streams, and does nothing if that has been done;
/// libtorch, which was built with an older GCC and is loaded first, does it in its own static initializers.</para>
/// <para>The import can therefore be redirected to any function without arguments and side effects. The library already
/// imports one: <c>std::chrono::steady_clock::now()</c>. The patch makes three small writes and keeps the file's length:</para>
/// <code>
/// .dynsym         import ios_base_library_init   st_name  -> the name of steady_clock::now
/// .gnu.version    of the same import             index    -> the version of steady_clock::now
/// .gnu.version_r  libstdc++.so.6 GLIBCXX_3.4.32  flags    -> + weak: may be missing
/// </code>
/// <para>If other imports use the same version, it must not become weak, and the file is left unchanged. With a new
/// enough libstdc++ the patched library loads like the original.</para>
/// </remarks>
public static class LibstdcxxPatch
{
    private const int SymbolLength = 24;
    private const ushort Weak = 2; // VER_FLG_WEAK
    private const ushort HiddenBit = 0x8000;

    private static ReadOnlySpan<byte> MissingSymbol => "_ZSt21ios_base_library_initv"u8;

    private static ReadOnlySpan<byte> MissingVersion => "GLIBCXX_3.4.32"u8;

    private static ReadOnlySpan<byte> Replacement => "_ZNSt6chrono3_V212steady_clock3nowEv"u8;

    /// <summary>Patches the library in <paramref name="image"/>, or leaves it unchanged. Never throws.</summary>
    public static PatchOutcome Patch(Span<byte> image)
    {
        if (!ElfImage.TryOpen(image, out var elf)
            || !elf.TryFind(ElfSection.DynamicSymbols, out var symbols)
            || !elf.TryStringsOf(symbols, out var names)
            || !elf.TryFind(ElfSection.SymbolVersions, out var versions)
            || !elf.TryFind(ElfSection.NeededVersions, out var needed)
            || !elf.TryStringsOf(needed, out var versionNames)
            || versions.Length / sizeof(ushort) < symbols.Length / SymbolLength)
            return PatchOutcome.NotElfLibrary;

        var missing = FindImport(elf, symbols, names, MissingSymbol);
        if (missing < 0) return PatchOutcome.NotNeeded;
        var replacement = FindImport(elf, symbols, names, Replacement);
        var entry = FindRequiredVersion(elf, needed, versionNames, MissingVersion);
        if (replacement < 0 || entry < 0) return PatchOutcome.Unsupported;
        var version = BinaryPrimitives.ReadUInt16LittleEndian(image[(entry + 6)..]);
        if (VersionOf(elf, versions, missing) != version || CountOf(elf, versions, version) != 1)
            return PatchOutcome.Unsupported;

        var missingName = image.Slice(symbols.Offset + missing * SymbolLength, sizeof(uint));
        var missingIndex = image.Slice(versions.Offset + missing * sizeof(ushort), sizeof(ushort));
        image.Slice(symbols.Offset + replacement * SymbolLength, sizeof(uint)).CopyTo(missingName);
        image.Slice(versions.Offset + replacement * sizeof(ushort), sizeof(ushort)).CopyTo(missingIndex);
        image[entry + 4] |= (byte)Weak;
        return PatchOutcome.Patched;
    }

    /// <summary>The index of an undefined function in the symbol table, or -1.</summary>
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

    /// <summary>The file offset of the entry (Vernaux) that requires a version of another library, or -1.</summary>
    private static int FindRequiredVersion(ElfImage elf, ElfSection needed, ElfSection names, ReadOnlySpan<byte> version)
    {
        const int entryLength = 16;
        var table = elf.Bytes(needed);
        // Entries of both chains contain the distance to the next entry, 0 at the end; the counter prevents a corrupted
        // file from causing an endless loop.
        var stepsLeft = table.Length / entryLength;
        for (long library = 0; library + entryLength <= table.Length;)
        {
            var head = table.Slice((int)library, entryLength);
            for (var entry = library + BinaryPrimitives.ReadUInt32LittleEndian(head[8..]);
                 entry + entryLength <= table.Length && stepsLeft-- > 0;)
            {
                var requirement = table.Slice((int)entry, entryLength);
                if (elf.StringIs(names, BinaryPrimitives.ReadUInt32LittleEndian(requirement[8..]), version))
                    return needed.Offset + (int)entry;
                var toNext = BinaryPrimitives.ReadUInt32LittleEndian(requirement[12..]);
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
