namespace PipelineRobustness.Benchmarks;

/// <summary>Files in which a changed byte must be detected.</summary>
public interface IFlipped : IDisposable
{
    /// <summary>
    /// Changes a byte, reads the files and restores the byte. Any position and value are valid: they are taken modulo the available range.
    /// </summary>
    /// <param name="file">The file, from 0.</param>
    /// <param name="at">The position, from 0.</param>
    /// <param name="value">The new value out of 255, from 0.</param>
    /// <returns>The name of the file.</returns>
    /// <exception cref="InvalidDataException">The change was not detected.</exception>
    string Flip(int file, int at, int value);

    /// <summary>Whether the files are valid after all bytes were restored.</summary>
    bool IsWhole();
}
