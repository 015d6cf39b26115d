package shop.stock;

/** Thrown when stock cannot be moved as asked. */
public class StockException extends Exception {
    private final String itemCode;

    public StockException(String itemCode, String message) {
        super(message);
        this.itemCode = itemCode;
    }

    public String itemCode() {
        return itemCode;
    }
}
