using System.Buffers.Text;
using System.Text;

namespace Estafeta.Tables.Files;

/// <summary>Values that name files (<c>postmap -F</c>): the files' content, one after the other, as base64.</summary>
public static class FileContent
{
    /// <exception cref="TableUnavailableException">No file is named, or one cannot be read.</exception>
    public static string Encode(string fileNames)
    {
        var content = new List<byte>();
        foreach (var name in fileNames.Split([',', ' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (content.Count > 0)
            {
                content.Add((byte)'\n');
            }

            content.AddRange(TableFile.ReadAll(name));
        }

        return Convert.ToBase64String([.. content]);
    }

    /// <summary>The content behind a stored value; false when the value is not base64.</summary>
    public static bool TryDecode(string value, out byte[] content)
    {
        content = [];
        if (!Base64.IsValid(value))
        {
            return false;
        }

        content = Convert.FromBase64String(value);
        return true;
    }
}
