using System.Text;

namespace Estafeta.Authentication.Dkim;

/// <summary>A header of tags, folded between them.</summary>
internal sealed class FoldedTags(string name)
{
    private const int FoldColumn = 74;

    private readonly StringBuilder _text = new(name + ":");
    private int _column = name.Length + 1;

    public void Add(string tag, bool isLast = false) => AddPiece(tag + (isLast ? "" : ";"), hasBlank: true);

    public void AddList(string tag, IReadOnlyList<string> words, char separator)
    {
        for (var i = 0; i < words.Count; i++)
        {
            AddPiece((i == 0 ? tag : "") + words[i] + (i < words.Count - 1 ? separator : ';'), hasBlank: i == 0);
        }
    }

    /// <summary>Base 64, cut where a line is full.</summary>
    public void AddPieces(string text)
    {
        while (text.Length > 0)
        {
            var part = Math.Min(text.Length, Math.Max(FoldColumn - _column, 0));
            _text.Append(text, 0, part);
            _column += part;
            text = text[part..];
            if (text.Length > 0)
            {
                Fold();
            }
        }
    }

    public override string ToString() => _text.ToString();

    private void AddPiece(string piece, bool hasBlank)
    {
        if (_column + piece.Length + 1 > FoldColumn)
        {
            Fold();
        }
        else if (hasBlank)
        {
            _text.Append(' ');
            _column++;
        }

        _text.Append(piece);
        _column += piece.Length;
    }

    private void Fold()
    {
        _text.Append("\n\t");
        _column = 8;
    }
}
