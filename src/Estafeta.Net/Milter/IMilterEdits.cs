namespace Estafeta.Net.Milter;

/// <summary>
/// The message a milter edits at the end of the body. Cleanup implements it over its head and body; edits come in the milter's
/// order and are visible to the milters after it. Header values are what stands behind the colon, without the line end; a fold inside is LF and
/// white space.
/// </summary>
public interface IMilterEdits
{
    /// <summary>At the end of the header section.</summary>
    void AddHeader(string name, string value);

    /// <param name="index">0 is before everything, counting all headers the milter was shown and our Received header as 0.</param>
    void InsertHeader(int index, string name, string value);

    /// <param name="occurrence">1 is the first header of this name. Beyond the last one it adds.</param>
    void ChangeHeader(int occurrence, string name, string value);

    /// <param name="occurrence">The same. Beyond the last one it does nothing.</param>
    void DeleteHeader(int occurrence, string name);

    void ChangeSender(string address, string arguments);

    void AddRecipient(string address, string arguments);

    void DeleteRecipient(string address);

    /// <summary>The first piece replaces the whole body, the following ones continue it. CRLF line ends.</summary>
    void ReplaceBody(ReadOnlySpan<byte> piece, bool isFirst);
}
